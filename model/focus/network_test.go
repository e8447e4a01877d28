package focus

import (
	"math"
	"os"
	"testing"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/kernel"
	"github.com/stillmic/stillmic/model/internal/safetensors"
	"github.com/stillmic/stillmic/model/voiceprint"
)

// golden reads what scripts/train/focus has written of a network.
func golden(t *testing.T, k kind) *safetensors.File {
	t.Helper()
	data, err := os.ReadFile("testdata/" + string(k) + ".safetensors")
	if err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// TestNetworkIsThatOfTraining compares what the networks say with PyTorch, on every kind of kernel.
func TestNetworkIsThatOfTraining(t *testing.T) {
	for k, load := range map[kind]func() (*network, error){near: loadNear, me: loadMe} {
		n, err := load()
		if err != nil {
			t.Fatal(err)
		}
		file := golden(t, k)
		in := file.Tensors["input"].Floats(nil)
		wide := file.Tensors["input"].Shape[1]
		gains, voice := file.Tensors["gains"].Floats(nil), file.Tensors["voice"].Floats(nil)
		var whose *voiceprint.Values
		if k == me {
			whose = new(voiceprint.Values)
			copy(whose[:], file.Tensors["print"].Floats(nil))
		}
		for _, name := range kernel.Names() {
			kernels, err := kernel.Named(name)
			if err != nil {
				t.Fatal(err)
			}
			s, worst := newStream(n, kernels, whose), 0.0
			for hop, v := range voice {
				copy(s.input[:], in[hop*wide:][:wide])
				s.step()
				worst = max(worst, math.Abs(float64(s.said[voiceAt]-v)))
				for b, g := range gains[hop*bands:][:bands] {
					worst = max(worst, math.Abs(float64(s.said[b]-g)))
				}
			}
			most := 1e-4
			if kernels.HasInt8() {
				most = 1e-2 // weights in whole steps: 0.09 dB of a gain
			}
			if len(voice) < 50 || worst > most {
				t.Errorf("%s, %s: of %d hops up to %.2g off, must be within %g", k, name, len(voice), worst, most)
			}
		}
	}
}

// TestFeaturesAreThoseOfTraining compares the rows of tones.
func TestFeaturesAreThoseOfTraining(t *testing.T) {
	want, clean := golden(t, near).Tensors["features"].Floats(nil), voiced()
	raw := make([]float32, len(clean))
	for i, v := range clean {
		raw[i] = 0.8*v + float32(0.02*math.Sin(2*math.Pi*3000*float64(i)/dsp.SampleRate))
	}
	a, b := dsp.Analyzer{Shape: dsp.Vorbis}, dsp.Analyzer{Shape: dsp.Vorbis}
	var f features
	var specs [2][dsp.Bins]complex64
	var rows [2 * bands]float32
	hops, worst := len(want)/len(rows), 0.0
	for hop := range hops {
		a.Analyze(specs[0][:], clean[hop*dsp.Hop:][:dsp.Hop])
		b.Analyze(specs[1][:], raw[hop*dsp.Hop:][:dsp.Hop])
		f.take(kernel.Best(), rows[:], specs[0][:], specs[1][:])
		for i, v := range rows {
			worst = max(worst, math.Abs(float64(v-want[hop*len(rows)+i])))
		}
	}
	if hops < 50 || worst > 1e-3 {
		t.Errorf("of %d hops up to %.2g off, must be within 1e-3", hops, worst)
	}
}

// TestMeKnowsTheBuiltInPrints: its network belongs to that of the prints that this program makes.
func TestMeKnowsTheBuiltInPrints(t *testing.T) {
	n, err := loadMe()
	if err != nil {
		t.Fatal(err)
	}
	if p := someone(t); n.voiceprint != p.Network {
		t.Errorf("it knows the prints of %q, this program makes those of %q", n.voiceprint, p.Network)
	}
}
