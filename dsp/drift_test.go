package dsp

import (
	"fmt"
	"math"
	"testing"
)

// resample runs x through r in hops and returns what came out.
func resample(r *Resampler, x []float32, eachHop func(h int)) []float32 {
	var y []float32
	dst := make([]float32, Room(Hop))
	for h := range len(x) / Hop {
		if eachHop != nil {
			eachHop(h)
		}
		n := r.Process(dst, x[h*Hop:][:Hop])
		y = append(y, dst[:n]...)
	}
	return y
}

func TestResamplerTones(t *testing.T) {
	for _, ppm := range []float64{0, 1, 20, 500, -500, 1000, -1000} {
		for _, f := range []float64{100, 1000, 10_000, 18_000, 20_000} {
			t.Run(fmt.Sprintf("%.0f Hz %+.0f ppm", f, ppm), func(t *testing.T) {
				r := NewResampler()
				r.SetDrift(ppm)
				y := resample(r, sine(f/SampleRate, SampleRate/2), nil)
				want := SampleRate / 2 * (1 + ppm*1e-6)
				if math.Abs(float64(len(y))-want) > 2 {
					t.Errorf("%d samples, want %.1f", len(y), want)
				}
				// The first hop glides from 1; after it the ratio is exact.
				y = y[2*Hop:]
				amp, rest := residual(y, f/SampleRate/(1+ppm*1e-6))
				if math.Abs(DB(amp)) > 0.05 || DB(rest) > -90 {
					t.Errorf("level %+.4f dB, artefacts %.1f dBFS", DB(amp), DB(rest))
				}
			})
		}
	}
}

// TestResamplerSweep compares a sweep with the same sweep computed at the
// moments of the output: level, delay and artefacts at once.
func TestResamplerSweep(t *testing.T) {
	const seconds, f0, f1 = 2.0, 20.0, 20_000.0
	k := math.Log(f1/f0) / seconds
	sweep := func(s float64) float64 { // exponential; s in seconds
		if s < 0 {
			return 0
		}
		return math.Sin(2 * math.Pi * f0 / k * (math.Exp(k*s) - 1))
	}
	x := make([]float32, int(seconds*SampleRate))
	for i := range x {
		x[i] = float32(sweep(float64(i) / SampleRate))
	}
	for _, ppm := range []float64{0, 500, -1000} {
		r := NewResampler()
		r.SetDrift(ppm)
		r.step = r.target // from the first sample on, so that time is exact
		y := resample(r, x, nil)
		worst, at := 0.0, 0
		for n := Hop; n < len(y); n++ {
			s := (float64(n)/(1+ppm*1e-6) - driftTaps/2) / SampleRate
			if d := math.Abs(float64(y[n]) - sweep(s)); d > worst {
				worst, at = d, n
			}
		}
		t.Logf("%+.0f ppm: %.1f dBFS", ppm, DB(worst))
		if DB(worst) > -90 {
			t.Errorf("%+.0f ppm: off by %.1f dBFS at %.2f s", ppm, DB(worst), float64(at)/SampleRate)
		}
	}
}

// TestResamplerLongRun counts the samples of a minute: the ratio is exact.
func TestResamplerLongRun(t *testing.T) {
	r := NewResampler()
	r.SetDrift(-250)
	x, dst, total := make([]float32, Hop), make([]float32, Room(Hop)), 0
	for range 6000 {
		total += r.Process(dst, x)
	}
	if want := 6000 * Hop * (1 - 250e-6); math.Abs(float64(total)-want) > 1 {
		t.Errorf("%d samples, want %.1f", total, want)
	}
}

// TestResamplerChanges turns the ratio from end to end with every hop: a tone
// must stay smooth, so its fourth difference never exceeds that of the tone
// itself by more than the change of pitch allows. A jump of 0.001 would show.
func TestResamplerChanges(t *testing.T) {
	r := NewResampler()
	w := 2 * math.Pi * 1000 / SampleRate
	y := resample(r, sine(1000.0/SampleRate, 2*SampleRate), func(h int) {
		r.SetDrift(float64(1-2*(h%2)) * MaxDrift)
	})
	limit := 1.02 * math.Pow(w*1.001, 4)
	for i := 4 + Hop; i < len(y); i++ {
		d := float64(y[i]) - 4*float64(y[i-1]) + 6*float64(y[i-2]) - 4*float64(y[i-3]) + float64(y[i-4])
		if math.Abs(d) > limit+2e-5 {
			t.Fatalf("sample %d: fourth difference %.2g, limit %.2g", i, d, limit)
		}
	}
}

func TestResamplerBoundsDrift(t *testing.T) {
	r := NewResampler()
	for _, ppm := range []float64{1e9, -1e9, math.Inf(1), math.NaN()} {
		r.SetDrift(ppm)
		dst := make([]float32, Room(Hop))
		x := make([]float32, Hop)
		for range 100 {
			if n := r.Process(dst, x); n < Hop-2 || n > Hop+2 {
				t.Fatalf("%v ppm: %d samples from %d", ppm, n, Hop)
			}
		}
	}
}

// TestResamplerUnevenBlocks makes sure that the size of the blocks changes
// nothing.
func TestResamplerUnevenBlocks(t *testing.T) {
	x := noise(9, 10*Hop)
	a := NewResampler()
	a.SetDrift(300)
	a.step = a.target
	want := resample(a, x, nil)
	b := NewResampler()
	b.SetDrift(300)
	b.step = b.target
	var got []float32
	dst := make([]float32, Room(3*Hop))
	for i, n := 0, 0; i < len(x); n = (n*5 + 3) % (3 * Hop) {
		k := min(n, len(x)-i)
		w := b.Process(dst, x[i:i+k])
		got = append(got, dst[:w]...)
		i += k
	}
	if len(got) != len(want) {
		t.Fatalf("%d samples, want %d", len(got), len(want))
	}
	for i := range got {
		// The position is a float64 counted from another origin.
		if math.Abs(float64(got[i]-want[i])) > 1e-5 {
			t.Fatalf("sample %d differs: %v, %v", i, got[i], want[i])
		}
	}
}

func TestResamplerAllocatesNothing(t *testing.T) {
	r := NewResampler()
	x, y := make([]float32, Hop), make([]float32, Room(Hop))
	if n := testing.AllocsPerRun(100, func() { r.SetDrift(100); r.Process(y, x) }); n != 0 {
		t.Fatalf("%v allocations per hop", n)
	}
}

func BenchmarkResampler(b *testing.B) {
	r := NewResampler()
	r.SetDrift(100)
	x, y := noise(1, Hop), make([]float32, Room(Hop))
	for b.Loop() {
		r.Process(y, x)
	}
}
