package clean

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon"
	"github.com/stillmic/stillmic/dsp"
)

// through delays by a hop, as every suppressor does, and changes nothing.
type through struct{ prev [dsp.Hop]float32 }

func (p *through) Process(dst, src []float32) {
	copy(dst, p.prev[:])
	copy(p.prev[:], src)
}
func (p *through) SetAttenuationLimit(float32) {}
func (p *through) SpeechProbability() float32  { return 0 }
func (p *through) Reset()                      {}

var options = Options{NewProcessor: func() (daemon.Processor, error) { return &through{}, nil }}

// Whatever the rate, the channels and the length: as long as it was, and every
// sample in its place.
func TestLengthAndPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.SampledFrom([]int{8000, 11025, 16000, 22050, 32000, 44100, 48000, 88200, 96000}).Draw(t, "rate")
		channels := rapid.IntRange(1, 3).Draw(t, "channels")
		frames := rapid.IntRange(1, 7000).Draw(t, "frames")
		c, err := newCleaner(rate, channels, options)
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float32, frames*channels)
		for i := range frames {
			for k := range channels {
				x[i*channels+k] = float32(0.5 * math.Sin(2*math.Pi*float64(200*(k+1))*float64(i)/float64(rate)))
			}
		}
		var y []float32
		for at := 0; at < frames; {
			n := min(rapid.IntRange(1, chunk).Draw(t, "piece"), frames-at)
			y = append(y, c.process(x[at*channels:(at+n)*channels])...)
			at += n
		}
		y = append(y, c.flush(int64(frames))...)
		if len(y) != len(x) {
			t.Fatalf("%d samples became %d", len(x), len(y))
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
	c, err := newCleaner(44100, 1, options)
	if err != nil {
		t.Fatal(err)
	}
	in := make([]float32, chunk)
	seconds := func(n int) uint64 {
		for range n * 44100 / chunk {
			c.process(in)
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	// A second of audio is 192 kB at 48 kHz.
	short := seconds(10)
	if long := seconds(50); long > short+128<<10 {
		t.Errorf("%d kB after ten seconds, %d kB after fifty more", short>>10, long>>10)
	}
}

// An interruption leaves the old output, and nothing beside it.
func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.wav"), filepath.Join(dir, "out.wav")
	w, err := audioio.CreateWAV(in, audioio.WAVFormat{Rate: 48000, Channels: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(make([]float32, 48000)), w.Close(), os.WriteFile(out, []byte("old"), 0o600)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := File(ctx, in, out, options); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if text, err := os.ReadFile(out); err != nil || !bytes.Equal(text, []byte("old")) {
		t.Errorf("the old output is %q, %v", text, err)
	}
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != 2 {
		t.Errorf("left: %v, %v", list, err)
	}
	if _, err := File(t.Context(), in, out, options); err != nil {
		t.Fatal(err)
	}
	r, err := audioio.OpenWAV(out)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.Frames() != 48000 {
		t.Errorf("%d frames", r.Frames())
	}
}
