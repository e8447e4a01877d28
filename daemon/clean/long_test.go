package clean

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
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

// TestLongInEveryFormat: what stillmic reads itself, and what comes through ffmpeg, takes as
// little memory at its end as at its beginning, and so does writing it. With STILLMIC_LONG=1
// the recordings have three hours, else four minutes.
func TestLongInEveryFormat(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: long recordings")
	}
	minutes := 4
	if os.Getenv("STILLMIC_LONG") != "" {
		minutes = 180
	}
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("SKIPPED: ffmpeg is not installed")
	}
	dir := t.TempDir()
	const rate = 16000
	minute := filepath.Join(dir, "minute.wav")
	writeFile(t, minute, pcm.Format{Rate: rate, Channels: 1, Encoding: pcm.Int16}, tone(rate, 1, 60*rate))
	for _, c := range []struct{ ext, codec string }{{".flac", "flac"}, {".mp3", "libmp3lame"}, {".opus", "libopus"}, {".m4a", "aac"}} {
		t.Run(c.ext[1:], func(t *testing.T) {
			in, out := filepath.Join(dir, "in"+c.ext), filepath.Join(dir, "out"+c.ext)
			if c.ext == ".flac" { // says its length in its head, so it is encoded
				ffmpeg(t, "-stream_loop", strconv.Itoa(minutes-1), "-i", minute, in)
			} else {
				one := filepath.Join(dir, "one"+c.ext)
				ffmpeg(t, "-i", minute, "-c:a", c.codec, "-b:a", "24k", "-write_xing", "0", one)
				ffmpeg(t, "-stream_loop", strconv.Itoa(minutes-1), "-i", one, "-c", "copy", "-write_xing", "0", in)
			}
			res, early, late := cleanedLong(t, in, out, minutes)
			t.Logf("%.0f min: %.1f MB after a tenth, %.1f MB at the end; peak of the process so far %s; %.0f times real time", res.Seconds/60,
				float64(early)/1e6, float64(late)/1e6, peakMemory(), res.Speed)
			// As in TestThreeHours: some 2.5 bytes a hop, of which there are 6,000 a minute.
			if most := early + 1<<20 + uint64(minutes)*25_000; late == 0 || late > most {
				t.Errorf("%d kB after a tenth, %d kB at the end", early>>10, late>>10)
			}
			if err := errors.Join(os.Remove(in), os.Remove(out)); err != nil {
				t.Error(err)
			}
		})
	}
}

// cleanedLong cleans a recording of some minutes, and returns the memory in use after a tenth
// of it and near its end.
func cleanedLong(t *testing.T, in, out string, minutes int) (res Result, early, late uint64) {
	t.Helper()
	memory := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	o := options
	rate := int64(16000)
	if filepath.Ext(in) == ".opus" {
		rate = 48000
	}
	o.Progress = func(done, _ int64) {
		switch tenths := 10 * done / rate / 60; {
		case tenths >= int64(minutes) && early == 0:
			early = memory()
		case 10*tenths >= int64(95*minutes) && late == 0:
			late = memory()
		}
	}
	res, err := File(t.Context(), Job{In: in, Out: out}, o)
	if err != nil || int(res.Seconds/60+0.5) != minutes {
		t.Fatalf("%.0f s were cleaned: %v", res.Seconds, err)
	}
	return res, early, late
}

// peakMemory is the most that the process has held, as Linux says it.
func peakMemory() string {
	b, err := os.ReadFile("/proc/self/status")
	_, after, ok := strings.Cut(string(b), "VmHWM:")
	if err != nil || !ok {
		return "unknown"
	}
	line, _, _ := strings.Cut(after, "\n")
	return strings.TrimSpace(line)
}
