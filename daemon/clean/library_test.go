package clean

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/daemon/synth"
	"github.com/stillmic/stillmic/model"
)

// The library's call makes of a recording what "stillmic clean" makes of it, bit by bit.
func TestSameAsLibrary(t *testing.T) {
	w, err := model.Light()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	in, one, two := filepath.Join(dir, "in.wav"), filepath.Join(dir, "one.wav"), filepath.Join(dir, "two.wav")
	x := synth.Voice(2*44100, 3)
	for i := range x {
		x[i] += 0.01 * x[(i*7919)%len(x)]
	}
	writeFile(t, in, pcm.Format{Rate: 44100, Channels: 2, Encoding: pcm.Int16}, x)
	o := Options{NewProcessor: func(channels, _ int) (recording.Processor, error) {
		return recording.NewProcessor(w, channels, recording.ProcessorOptions{Strength: 20, Link: true})
	}}
	if _, err := File(t.Context(), Job{In: in, Out: one}, o); err != nil {
		t.Fatal(err)
	}
	if _, err := recording.Clean(t.Context(), in, two, recording.Options{Weights: w, Limit: 20, Link: true}); err != nil {
		t.Fatal(err)
	}
	a, err := os.ReadFile(one)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(two); err != nil || string(a) != string(b) {
		t.Errorf("%d bytes by the command, %d by the library, %v: they differ", len(a), len(b), err)
	}
}
