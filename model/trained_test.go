package model

import (
	"math"
	"os"
	"testing"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/safetensors"
)

// TestTrainedDeepFilters compares the built-in deep-filtering networks with what PyTorch
// makes of their weights (scripts/train --export), by every kernel set. The program rounds
// their recurrent weights to 8 bits, PyTorch does not: hence the bounds. The exact
// arithmetic is held by TestGoldenDeepFilter.
func TestTrainedDeepFilters(t *testing.T) {
	in := goldenTensors(t, "testdata/golden.safetensors")("input")
	for _, name := range []string{NameFull, NameLowLatency} {
		t.Run(name, func(t *testing.T) {
			w, err := LoadFile("weights/" + name + ".safetensors") // without the light network beside it
			if err != nil {
				t.Fatal(err)
			}
			if w.Name() != name {
				t.Errorf("the file of %s calls itself %q", name, w.Name())
			}
			golden := goldenTensors(t, "testdata/golden-"+name+".safetensors")
			eachKernel(t, func(t *testing.T) { compareTrained(t, w, in, golden("gains"), golden("output")) })
		})
	}
}

// compareTrained fails where what w makes of in differs from want by more than 2 % of its
// power's root, or by 5 % of full scale anywhere (the signal holds a full-scale square
// wave, which no voice comes near), or where a gain differs by 0.15.
func compareTrained(t *testing.T, w *Weights, in, gains, want []float32) {
	s := NewSuppressor(w)
	s.stream.(*deepStream).AsIs = true
	var output, gain difference
	var off, all float64
	dst := make([]float32, dsp.Hop)
	for i := range len(in) / dsp.Hop {
		s.Process(dst, in[i*dsp.Hop:][:dsp.Hop])
		if n := i - w.Lookahead(); n >= 0 {
			output.add(dst, want[n*dsp.Hop:], n)
			gain.add(s.stream.(*deepStream).Gains(), gains[n*32:], n)
			for k, v := range dst {
				wanted := float64(want[n*dsp.Hop+k])
				off += (float64(v) - wanted) * (float64(v) - wanted)
				all += wanted * wanted
			}
		}
	}
	relative := math.Sqrt(off / all)
	t.Logf("difference: %.2g of the output's root mean square, at most %.2g (frame %d); gain %.2g (%d)",
		relative, output.size, output.frame, gain.size, gain.frame)
	if !(relative <= 0.02) || output.size > 0.05 || gain.size > 0.15 {
		t.Error("differs from PyTorch")
	}
}

// goldenTensors returns what reads the tensors of a file of scripts/train.
func goldenTensors(t *testing.T, path string) func(name string) []float32 {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return func(name string) []float32 {
		values := file.Tensors[name].Floats(nil)
		if len(values) == 0 {
			t.Fatalf("%s has no %q", path, name)
		}
		return values
	}
}
