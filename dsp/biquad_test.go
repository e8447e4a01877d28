package dsp

import (
	"math"
	"testing"
)

// level returns what a filter does to a tone, in dB, after settling.
func level(f Biquad, hz float64) float64 {
	x := sine(hz/SampleRate, 2*SampleRate)
	f.Process(x)
	amp, _ := residual(x[SampleRate:], hz/SampleRate)
	return DB(amp)
}

func TestHighPass(t *testing.T) {
	f := HighPass(80)
	for hz, want := range map[float64]float64{80: -3.01, 20: -24.1, 1000: 0, 10_000: 0} {
		// Butterworth of second order: -10 log10(1 + (fc/f)^4).
		if got := level(f, hz); math.Abs(got-want) > 0.1 {
			t.Errorf("%v Hz: %.2f dB, want %.2f", hz, got, want)
		}
	}
}

func TestDCBlock(t *testing.T) {
	f := DCBlock()
	for hz, want := range map[float64]float64{5: -3.01, 20: -0.26, 1000: 0, 20_000: 0} {
		if got := level(f, hz); math.Abs(got-want) > 0.05 {
			t.Errorf("%v Hz: %.2f dB, want %.2f", hz, got, want)
		}
	}
	x := make([]float32, 2*SampleRate)
	for i := range x {
		x[i] = 0.5
	}
	f.Process(x)
	if y := math.Abs(float64(x[len(x)-1])); y > 1e-6 {
		t.Errorf("a constant of 0.5 is %v after 2 s", y)
	}
}

// TestBiquadRecovers: neither silence nor a NaN may stay in the filter.
func TestBiquadRecovers(t *testing.T) {
	f := HighPass(80)
	x := noise(1, Hop)
	x[100] = float32(math.NaN())
	f.Process(x)
	y := noise(2, Hop)
	f.Process(y)
	for i, v := range y {
		if v != v {
			t.Fatalf("sample %d after a NaN in the hop before is a NaN", i)
		}
	}
	for range 10 * 100 {
		f.Process(make([]float32, Hop))
	}
	if f.z1 != 0 || f.z2 != 0 {
		t.Errorf("after 10 s of silence the state is %g, %g", f.z1, f.z2)
	}
}

func BenchmarkHighPass(b *testing.B) {
	f := HighPass(80)
	x := noise(1, Hop)
	for b.Loop() {
		f.Process(x)
	}
}
