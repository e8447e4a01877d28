package clean

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/dsp"
)

// through delays by a hop and a bit, as suppressor and voice chain do, and changes
// nothing.
type through struct{ prev [][]float32 }

const throughDelay = dsp.Hop + 59

func (p *through) Delay() int       { return throughDelay }
func (p *through) Gain(int) float32 { return 1 }

func (p *through) Speech(int) float32 { return 1 }
func (p *through) Voice(int) bool     { return true }

func (p *through) Process(dst, src [][]float32) {
	for c := range src {
		p.prev[c] = append(p.prev[c], src[c]...)
		copy(dst[c], p.prev[c])
		p.prev[c] = p.prev[c][:copy(p.prev[c], p.prev[c][dsp.Hop:])]
	}
}

func newThrough(channels, _ int) (recording.Processor, error) {
	p := &through{}
	for range channels {
		p.prev = append(p.prev, make([]float32, throughDelay, throughDelay+dsp.Hop))
	}
	return p, nil
}

var options = Options{NewProcessor: newThrough}

// Whatever the rate, the channels and the length: as long as it was, and every
// sample in its place.
func TestLengthAndPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.SampledFrom([]int{8000, 11025, 16000, 22050, 32000, 44100, 48000, 88200, 96000, 192000}).Draw(t, "rate")
		channels := rapid.IntRange(1, 3).Draw(t, "channels")
		frames := rapid.IntRange(1, 7000).Draw(t, "frames")
		b, _ := newThrough(channels, 0)
		c, err := recording.NewCleaner(rate, channels, b)
		if err != nil {
			t.Fatal(err)
		}
		c.KeepWithoutAGC()
		x := make([]float32, frames*channels)
		for i := range frames {
			for k := range channels {
				x[i*channels+k] = float32(0.5 * math.Sin(2*math.Pi*float64(200*(k+1))*float64(i)/float64(rate)))
			}
		}
		var y, even, dry []float32
		add := func(f recording.Frames) {
			y, even, dry = append(y, f.Clean...), append(even, f.WithoutAGC...), append(dry, f.Dry...)
		}
		for at := 0; at < frames; {
			n := min(rapid.IntRange(1, chunk).Draw(t, "piece"), frames-at)
			add(c.Process(x[at*channels : (at+n)*channels]))
			at += n
		}
		add(c.Flush(int64(frames)))
		if len(y) != len(x) {
			t.Fatalf("%d samples became %d", len(x), len(y))
		}
		if !slices.Equal(even, y) {
			t.Fatal("without levelling it is not the same")
		}
		if !slices.Equal(dry, x) {
			t.Fatal("what it was before is not what was put in")
		}
		// The ends are cut off sounds, which no filter of finite length keeps.
		edge := 200 * channels
		for i := edge; i < len(x)-edge; i++ {
			if math.Abs(float64(x[i]-y[i])) > 2e-3 {
				t.Fatalf("sample %d of %d was %g, is %g", i/channels, frames, x[i], y[i])
			}
		}
	})
}

// A minute takes no more memory than ten seconds.
func TestConstantMemory(t *testing.T) {
	b, _ := newThrough(1, 0)
	c, err := recording.NewCleaner(44100, 1, b)
	if err != nil {
		t.Fatal(err)
	}
	in := make([]float32, chunk)
	seconds := func(n int) uint64 {
		for range n * 44100 / chunk {
			c.Process(in)
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	// A second of audio is 192 kB at 48 kHz.
	short := seconds(10)
	// What else lives in the process comes and goes: the least of three counts.
	if long := min(seconds(50), seconds(1), seconds(1)); long > short+128<<10 {
		t.Errorf("%d kB after ten seconds, %d kB after fifty more", short>>10, long>>10)
	}
}

// An interruption leaves the old output, and nothing beside it.
func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.wav"), filepath.Join(dir, "out.wav")
	writeFile(t, in, pcm.Format{Rate: 48000, Channels: 1}, make([]float32, 48000))
	if err := os.WriteFile(out, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	over := options
	over.Overwrite = true
	if _, err := File(ctx, Job{In: in, Out: out}, over); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if text, err := os.ReadFile(out); err != nil || !bytes.Equal(text, []byte("old")) {
		t.Errorf("the old output is %q, %v", text, err)
	}
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != 2 {
		t.Errorf("left: %v, %v", list, err)
	}
	if _, err := File(t.Context(), Job{In: in, Out: out}, over); err != nil {
		t.Fatal(err)
	}
	if x, _ := readFile(t, out); len(x) != 48000 {
		t.Errorf("%d frames", len(x))
	}
}

// ends notes how jobs end.
type ends struct{ errs map[string]error }

func (e ends) Begin(Job) func(done, total int64) { return nil }
func (e ends) End(j Job, _ Result, err error)    { e.errs[j.In] = err }

// After an interruption nothing more is begun, and every recording has its end.
func TestNotBegun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e := ends{map[string]error{}}
	jobs := []Job{{In: "a.wav"}, {In: "b.wav"}, {In: "c.wav"}}
	if failed := Run(ctx, jobs, 1, options, e); failed != 3 {
		t.Errorf("%d failed", failed)
	}
	for _, j := range jobs {
		if !errors.Is(e.errs[j.In], ErrNotBegun) {
			t.Errorf("%s: %v", j.In, e.errs[j.In])
		}
	}
}
