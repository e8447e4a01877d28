package clean

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/dsp"
)

// passes passes on what it is given.
type passes struct{}

func (passes) Process(dst, src [][]float32) {
	for i := range src {
		copy(dst[i], src[i])
	}
}
func (passes) Gain(int) float32   { return 1 }
func (passes) Speech(int) float32 { return 1 }
func (passes) Voice(int) bool     { return true }
func (passes) Delay() int         { return 0 }

// writeFrames writes frames as a file.
func writeFrames(t *testing.T, path string, rate, channels int, frames []float32) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	format := pcm.Format{Rate: rate, Channels: channels, Encoding: pcm.Float32}
	w, err := recording.NewWriter(f, path, format, metadata.Metadata{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(frames); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
}

// The echo of a far end that has two channels and another rate goes from a recording; one that
// cannot be read is an error that names it, and nothing is written.
func TestFarEnd(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	r := rand.New(rand.NewPCG(1, 1))
	const seconds, rate, delay = 8, 44100, 900
	far, mic := make([]float32, 2*seconds*rate), make([]float32, seconds*rate)
	for i := range mic {
		v := float32(0.05 * r.NormFloat64() * max(0, math.Sin(2*math.Pi*3*float64(i)/rate)+0.5))
		far[2*i], far[2*i+1] = v, v
		if i+delay < len(mic) {
			mic[i+delay] += 0.5 * v
		}
		if i+2*delay < len(mic) {
			mic[i+2*delay] -= 0.2 * v
		}
	}
	writeFrames(t, at("far.wav"), rate, 2, far)
	writeFrames(t, at("mic.wav"), rate, 1, mic)
	o := Options{NewProcessor: func(int, int) (recording.Processor, error) { return passes{}, nil }}
	j := Job{In: at("mic.wav"), Out: at("out.wav"), FarEnd: at("far.wav")}
	if _, err := File(context.Background(), j, o); err != nil {
		t.Fatal(err)
	}
	out, err := recording.Open(at("out.wav"))
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float32, len(mic))
	n := 0
	for n < len(got) {
		k, err := out.Read(got[n:])
		if err != nil && k == 0 {
			break
		}
		n += k
	}
	if err := out.Close(); err != nil || n != len(mic) {
		t.Fatalf("%d frames of %d were written (%v)", n, len(mic), err)
	}
	last := len(mic) - 2*rate
	before, after := 0.0, 0.0
	for i := last; i < len(mic); i++ {
		before += float64(mic[i]) * float64(mic[i])
		after += float64(got[i]) * float64(got[i])
	}
	if db := 10 * math.Log10(before/after); db < 25 {
		t.Errorf("the echo is lowered by %.1f dB, want 25", db)
	}

	j.FarEnd, j.Out = at("nothing.wav"), at("other.wav")
	if _, err := File(context.Background(), j, o); err == nil || !strings.Contains(err.Error(), "nothing.wav") {
		t.Errorf("a far end that is not there: %v", err)
	}
	if _, err := os.Stat(at("other.wav")); err == nil {
		t.Error("something was written without a far end")
	}
}

// The far end belongs to one recording, and is never written over.
func TestFarEndPlan(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.wav", "b.wav", "far.wav"} {
		writeFrames(t, filepath.Join(dir, name), dsp.SampleRate, 1, make([]float32, dsp.Hop))
	}
	far := filepath.Join(dir, "far.wav")
	a, b := filepath.Join(dir, "a.wav"), filepath.Join(dir, "b.wav")
	if _, err := Plan([]string{a, b}, filepath.Join(dir, "out")+"/", PlanOptions{FarEnd: far}); err == nil {
		t.Error("two recordings share a far end")
	}
	if _, err := Plan([]string{a}, far, PlanOptions{FarEnd: far, Overwrite: true}); err == nil {
		t.Error("the far end is written over")
	}
	if _, err := Plan([]string{a}, filepath.Join(dir, "c.wav"), PlanOptions{FarEnd: far}); err != nil {
		t.Error(err)
	}
}
