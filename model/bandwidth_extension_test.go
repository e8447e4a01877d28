package model

import (
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/safetensors"
)

// TestWidenerGolden compares the guesses with PyTorch's (scripts/train/widen.py).
func TestWidenerGolden(t *testing.T) {
	data, err := os.ReadFile("testdata/widen.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	sound, input, answer := file.Tensors["sound"].Floats(nil), file.Tensors["input"].Floats(nil), file.Tensors["answer"].Floats(nil)
	w := newWidener(t, 8000)
	var in, out difference
	hop := make([]float32, dsp.Hop)
	for i := range len(sound) / dsp.Hop {
		copy(hop, sound[i*dsp.Hop:])
		w.Process(hop)
		got := w.net.answer(&w.input)
		in.add(w.input[:], input[i*len(w.input):], i)
		out.add(got[:], answer[i*widenBands:], i)
	}
	t.Logf("largest difference: input %.2g (frame %d), answer %.2g (%d)", in.size, in.frame, out.size, out.frame)
	if in.size > 1e-4 || out.size > 1e-4 || in.size == 0 && out.size == 0 {
		t.Error("differs from PyTorch")
	}
}

func newWidener(tb testing.TB, rate int) *Widener {
	tb.Helper()
	w, err := NewWidener(rate)
	if err != nil {
		tb.Fatal(err)
	}
	return w
}

// TestWidenerAdds gives it a buzz of 130 Hz that ends at 3.6 kHz: below, it comes
// back as it is; above, harmonics of 130 Hz are there that were not.
func TestWidenerAdds(t *testing.T) {
	const f0, hops = 130.0, 100
	w := newWidener(t, 8000)
	in := make([]float32, hops*dsp.Hop)
	for i := range in {
		for h := 1; h*f0 < 3600; h++ {
			in[i] += float32(0.1 / float64(h) * math.Cos(2*math.Pi*f0*float64(h*i)/dsp.SampleRate))
		}
	}
	out := append([]float32(nil), in...)
	for i := range hops {
		w.Process(out[i*dsp.Hop:][:dsp.Hop])
	}
	level := func(x []float32, hz float64) float64 { // of a tone, over half a second
		var re, im float64
		for i, v := range x[20*dsp.Hop:][:dsp.SampleRate/2] {
			a := 2 * math.Pi * hz * float64(i+20*dsp.Hop) / dsp.SampleRate
			re, im = re+float64(v)*math.Cos(a), im+float64(v)*math.Sin(a)
		}
		return 20 * math.Log10(2*math.Hypot(re, im)/(dsp.SampleRate/2)+1e-9)
	}
	delayed := out[WidenDelay:]
	for h := 1; h*f0 < 3000; h++ {
		if was, is := level(in, f0*float64(h)), level(delayed, f0*float64(h)); math.Abs(was-is) > 0.1 {
			t.Errorf("the harmonic at %.0f Hz was %.1f dB and is %.1f dB", f0*float64(h), was, is)
		}
	}
	for h := 34; h*f0 < 6000; h++ {
		on, off := level(delayed, f0*float64(h)), level(delayed, f0*float64(h)+66) // 33 periods in half a second
		if before := level(in, f0*float64(h)); before > -100 {
			t.Fatalf("the test's buzz holds %.1f dB at %.0f Hz", before, f0*float64(h))
		}
		if on < -95 || on < off+6 {
			t.Errorf("at %.0f Hz there is a harmonic of %.1f dB, beside it %.1f dB", f0*float64(h), on, off)
		}
	}
}

// TestWidenerLeavesSilence: nothing comes of nothing, and what is no number is
// forgotten.
func TestWidenerLeavesSilence(t *testing.T) {
	w := newWidener(t, 16000)
	hop := make([]float32, dsp.Hop)
	hop[3] = float32(math.NaN())
	w.Process(hop)
	for range 3 {
		clear(hop)
		w.Process(hop)
	}
	for i, v := range hop {
		if v != 0 {
			t.Fatalf("sample %d is %v", i, v)
		}
	}
}

// TestWidenerFollowsLevel: a voice 20 dB softer gets a band 20 dB softer.
func TestWidenerFollowsLevel(t *testing.T) {
	energy := func(gain float32) (above float64) {
		w, rng := newWidener(t, 8000), rand.New(rand.NewPCG(1, 2))
		hop := make([]float32, dsp.Hop)
		slow := float32(0)
		for range 50 {
			for i := range hop {
				slow += 0.1 * (float32(rng.NormFloat64()) - slow)
				hop[i] = gain * slow
			}
			w.Process(hop)
		}
		for _, b := range w.level[w.known:] {
			above += math.Pow(10, float64(b)/10)
		}
		return above
	}
	if dB := 10 * math.Log10(energy(0.3)/energy(0.03)); math.Abs(dB-20) > 3 {
		t.Errorf("20 dB softer gives %.1f dB less above", dB)
	}
}

func TestWidenerRates(t *testing.T) {
	for _, rate := range []int{0, -1, 24001, 44100, 48000} {
		if _, err := NewWidener(rate); err == nil {
			t.Errorf("%d Hz is widened", rate)
		}
	}
	for _, rate := range []int{8000, 11025, 12000, 16000, 22050, 24000} {
		w := newWidener(t, rate)
		if end := w.net.edges[w.known] * dsp.BinHz; end > rate/2 || end < rate*3/8 {
			t.Errorf("%d Hz: the known bands end at %d Hz", rate, end)
		}
	}
}

func TestWidenerAllocs(t *testing.T) {
	w := newWidener(t, 8000)
	hop := make([]float32, dsp.Hop)
	if n := testing.AllocsPerRun(10, func() { w.Process(hop) }); n != 0 {
		t.Errorf("%v allocations per hop", n)
	}
}
