package dsp

import (
	"math"
	"math/rand/v2"
	"testing"
)

// setGains has the gains of a Shaper be those of a function of the frequency in Hz.
func setGains(s *Shaper, gain func(hz float64) float64) {
	for k := range s.Gain {
		g := gain(float64(k * BinHz))
		s.Gain[k], s.Log[k] = float32(g), float32(math.Log(g))
	}
	s.Design()
}

// What has no gain but 1 passes to the bit, before a filter and after one.
func TestShaperPasses(t *testing.T) {
	var s Shaper
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 20 {
		var x, y [Hop]float32
		for j := range x {
			x[j] = float32(r.NormFloat64())
		}
		if i == 10 {
			setGains(&s, func(float64) float64 { return 0.1 })
		} else {
			s.Pass()
		}
		s.Process(y[:], x[:])
		if changed := x != y; changed != (i == 10 || i == 11) { // it fades to the filter, and from it
			t.Errorf("hop %d: changed %v", i, changed)
		}
	}
}

// A click comes out at once, and each frequency is lowered by its gain; a filter that follows another does the same.
func TestShaperHasNoDelay(t *testing.T) {
	gain := func(hz float64) float64 { return 0.02 + 0.98*math.Pow(math.Sin(hz/4000), 2) }
	var s, other Shaper
	response := make([]float32, Window)
	for i := range 4 {
		var x, y, z [Hop]float32
		if i == 2 {
			x[0] = 1
		}
		setGains(&s, gain)
		other.Follow(&s)
		s.Process(y[:], x[:])
		other.Process(z[:], x[:])
		if y != z {
			t.Errorf("hop %d differs where it follows", i)
		}
		if i >= 2 {
			copy(response[(i-2)*Hop:], y[:])
		}
	}
	loudest := 0
	for i, v := range response {
		if v > response[loudest] {
			loudest = i
		}
	}
	if loudest != 0 {
		t.Errorf("the click comes %d samples later", loudest)
	}
	var f Transform
	spec := make([]complex64, Bins)
	f.Forward(spec, response)
	for k := range spec {
		got, want := math.Hypot(float64(real(spec[k])), float64(imag(spec[k]))), gain(float64(k*BinHz))
		if d := 20 * math.Log10(got/want); math.Abs(d) > 1 {
			t.Errorf("%d Hz: a gain of %.3f, want %.3f", k*BinHz, got, want)
		}
	}
}

func TestShaperAlloc(t *testing.T) {
	var s Shaper
	hop := make([]float32, Hop)
	if n := testing.AllocsPerRun(10, func() {
		setGains(&s, func(float64) float64 { return 0.5 })
		s.Process(hop, hop)
	}); n != 0 {
		t.Errorf("%v allocations a hop", n)
	}
}

// The fast sine and cosine are those of the standard library.
func TestSincos(t *testing.T) {
	for x := -20.0; x < 20; x += 0.0037 {
		sin, cos := sincos(float32(x))
		wantSin, wantCos := math.Sincos(float64(float32(x)))
		if math.Abs(float64(sin)-wantSin) > 2e-6 || math.Abs(float64(cos)-wantCos) > 2e-6 {
			t.Fatalf("at %v: %v and %v, want %v and %v", x, sin, cos, wantSin, wantCos)
		}
	}
}
