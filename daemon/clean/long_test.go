package clean

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stillmic/stillmic/audioio/pcm"
)

// TestThreeHours: a recording of three hours takes as little memory at its end as after ten
// minutes, but for what is kept of every hop: a byte for speech and the loudness of blocks.
// The recording is a file with a hole, the suppressor one that changes nothing, for the time.
func TestThreeHours(t *testing.T) {
	const rate, seconds = 8000, 3 * 3600
	dir := t.TempDir()
	in := filepath.Join(dir, "in.wav")
	writeFile(t, in, pcm.Format{Rate: rate, Channels: 1, Encoding: pcm.Uint8}, make([]float32, rate))
	head, err := os.ReadFile(in)
	if err != nil {
		t.Fatal(err)
	}
	data := bytes.Index(head, []byte("data")) + 4
	// A size that nobody has counted: the samples go on to the end of the file.
	if err := os.WriteFile(in, append(head[:data:data], 0xFF, 0xFF, 0xFF, 0xFF), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(in, int64(data)+4+rate*seconds); err != nil {
		t.Fatal(err)
	}
	memory := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var early, late uint64
	o := options
	o.Progress = func(done, _ int64) {
		switch minutes := done / rate / 60; {
		case minutes >= 10 && early == 0:
			early = memory()
		case minutes >= 179 && late == 0:
			late = memory()
		}
	}
	res, err := File(t.Context(), Job{In: in, Out: os.DevNull}, o)
	if err != nil || res.Seconds != seconds {
		t.Fatalf("%.0f s were cleaned: %v", res.Seconds, err)
	}
	t.Logf("%.1f MB after ten minutes, %.1f MB at the end, %.0f times real time", float64(early)/1e6, float64(late)/1e6, res.Speed)
	// 1.08 million hops and 108,000 blocks of 100 ms, before and after, of 8 bytes: 2.8 MB,
	// and lists grow by a quarter at a time. The samples would be 86 MB.
	if early == 0 || late == 0 || late > early+5<<20 {
		t.Errorf("%d kB after ten minutes, %d kB at the end", early>>10, late>>10)
	}
}
