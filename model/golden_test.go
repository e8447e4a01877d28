package model

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"testing"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/safetensors"
)

// TestGolden compares the built-in networks with what PyTorch made of them
// (scripts/train --export), by every kernel set.
func TestGolden(t *testing.T) {
	for name, load := range map[string]func() (*Weights, error){"golden": Light, "golden-small": Small} {
		t.Run(name, func(t *testing.T) {
			w, err := load()
			if err != nil {
				t.Fatal(err)
			}
			compareGolden(t, w, "testdata/"+name+".safetensors")
		})
	}
}

// compareGolden fails where the frame-by-frame output of w differs from a file
// written by scripts/train --export: by more than 1e-4 with products of float32,
// or 2e-3 with those of integers, 54 dB below full scale.
func compareGolden(t *testing.T, w *Weights, path string) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("%s is missing: write it with scripts/train --export", path)
	}
	if err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	golden := map[string][]float32{}
	for _, name := range []string{"input", "output", "gain", "turn", "speech"} {
		golden[name] = file.Tensors[name].Floats(nil)
		if len(golden[name]) == 0 {
			t.Fatalf("%s has no %q", path, name)
		}
	}
	eachKernel(t, func(t *testing.T) {
		s := NewSuppressor(w)
		n := s.stream.(*lightStream).network
		var output, gain, turn, speech difference
		in, dst := golden["input"], make([]float32, dsp.Hop)
		for i := range len(in) / dsp.Hop {
			s.Process(dst, in[i*dsp.Hop:][:dsp.Hop])
			output.add(dst, golden["output"][i*dsp.Hop:], i)
			gain.add(n.gain[:], golden["gain"][i*dsp.Bands:], i)
			turn.add(n.phase[:], golden["turn"][i*dsp.LinearBands:], i)
			speech.add(n.speech[:], golden["speech"][i:], i)
		}
		t.Logf("largest difference: output %.2g (frame %d), gain %.2g (%d), turn %.2g (%d), speech %.2g (%d)",
			output.size, output.frame, gain.size, gain.frame, turn.size, turn.frame, speech.size, speech.frame)
		bound := 1e-4
		if n.kernels.HasIntegers() {
			bound = 2e-3
		}
		if output.size > bound || gain.size > 2.5*bound || turn.size > bound || speech.size > bound {
			t.Error("differs from PyTorch")
		}
	})
}

// difference is the largest one between two signals, and where it is.
type difference struct {
	size  float64
	frame int
}

func (d *difference) add(got, want []float32, frame int) {
	for i, g := range got {
		if e := math.Abs(float64(g - want[i])); e > d.size || math.IsNaN(e) {
			d.size, d.frame = e, frame
		}
	}
}
