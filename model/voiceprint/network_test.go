package voiceprint

import (
	"math"
	"os"
	"testing"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/kernel"
	"github.com/stillmic/stillmic/model/internal/safetensors"
)

// golden reads what scripts/train/voiceprint/release_voiceprint.py has written of tones.
func golden(t *testing.T) *safetensors.File {
	t.Helper()
	data, err := os.ReadFile("testdata/golden.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// tones are 2 s of the sound that the golden test is of.
func tones() []float32 {
	out := make([]float32, 2*dsp.SampleRate)
	for i := range out {
		at := float64(i) / dsp.SampleRate
		cycles, sum := 120*at+10*(1-math.Cos(3*at)), 0.0
		for k := 1; k <= 29; k++ {
			sum += math.Sin(2*math.Pi*float64(k)*cycles) / float64(k)
		}
		out[i] = float32(0.1 * sum * (1 + math.Sin(9*at)))
	}
	return out
}

// TestFeaturesAreThoseOfTraining compares the features of tones at 48 kHz with those that
// training makes of them at 16 kHz.
func TestFeaturesAreThoseOfTraining(t *testing.T) {
	file := golden(t)
	want := file.Tensors["features"].Floats(nil)
	voiced := file.Tensors["voiced"].Floats(nil)
	sound := tones()
	var spec [dsp.Bins]complex64
	a, f := dsp.Analyzer{Shape: dsp.Vorbis}, features{kernels: kernel.Best()}
	a.Analyze(spec[:], sound[:dsp.Hop])
	frame, worst := 0, 0.0
	for at := dsp.Hop; at+dsp.Hop <= len(sound) && frame < len(voiced); at += dsp.Hop {
		a.Analyze(spec[:], sound[at:][:dsp.Hop])
		if !f.take(powersOf(spec[:])) {
			continue
		}
		if frame >= 4 { // training begins with the level of the first four
			if f.voiced != (voiced[frame] == 1) {
				t.Errorf("frame %d: voiced is %v, in training %v", frame, f.voiced, voiced[frame])
			}
			for b, v := range f.row {
				worst = max(worst, math.Abs(float64(v-want[frame*bands+b])))
			}
		}
		frame++
	}
	if frame < 90 || worst > 0.05 {
		t.Errorf("of %d frames features are up to %.3f off, must be within .05", frame, worst)
	}
}

// TestNetworkIsThatOfTraining compares what the network says of frames, and the print of all of
// them, with PyTorch.
func TestNetworkIsThatOfTraining(t *testing.T) {
	file := golden(t)
	n, err := load()
	if err != nil {
		t.Fatal(err)
	}
	rows := file.Tensors["features"].Floats(nil)
	said, weight := file.Tensors["said"].Floats(nil), file.Tensors["weight"].Floats(nil)
	voiced := file.Tensors["voiced"].Floats(nil)
	for _, name := range kernel.Names() {
		k, err := kernel.Named(name)
		if err != nil {
			t.Fatal(err)
		}
		s := stream{network: n, kernels: newWorker(k)}
		var all sums
		worst, off := 0.0, 0.0
		for frame := range len(rows) / bands {
			s.hear((*[bands]float32)(rows[frame*bands:]))
			at := frame - 2*reach
			if at < 0 {
				continue
			}
			worst = max(worst, math.Abs(float64(s.weight[0]-weight[at])))
			w := s.weight[0] * voiced[at+reach]
			all.weight += w
			for i, v := range s.hidden {
				worst = max(worst, math.Abs(float64(v-said[at*wide+i])))
				all.value[i] += w * v
				all.square[i] += w * v * v
			}
		}
		var whole Values
		n.from(s.kernels, &all, &whole)
		for i, v := range file.Tensors["print"].Floats(nil) {
			off = max(off, math.Abs(float64(v-whole[i])))
		}
		most := 1e-4
		if k.HasIntegers() {
			most = 1e-2 // weights in whole steps, of what is up to 5
		}
		if worst > most || off > most/5 {
			t.Errorf("%s: up to %.2g off, must be within %g; its print %.2g, within %g", k.Name, worst, most, off, most/5)
		}
	}
}

// TestHearAllocatesNothing: a hop is heard within the audio's way.
func TestHearAllocatesNothing(t *testing.T) {
	n, err := load()
	if err != nil {
		t.Fatal(err)
	}
	l, sound, at := newListener(n), tones(), 0
	if got := testing.AllocsPerRun(100, func() {
		l.hear(sound[at:][:dsp.Hop], 1)
		at = (at + dsp.Hop) % len(sound)
	}); got != 0 {
		t.Errorf("a hop allocates %g times", got)
	}
}

func BenchmarkHear(b *testing.B) {
	n, err := load()
	if err != nil {
		b.Fatal(err)
	}
	l, sound, at := newListener(n), tones(), 0
	for b.Loop() {
		l.hear(sound[at:][:dsp.Hop], 1)
		at = (at + dsp.Hop) % len(sound)
	}
}
