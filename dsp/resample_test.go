package dsp

import (
	"fmt"
	"math"
	"testing"
)

// residual fits a sine of frequency f (cycles per sample) plus a constant to y
// by least squares and returns the sine's amplitude and the peak of what is
// left: every image, alias, click and ripple.
func residual(y []float32, f float64) (amplitude, peak float64) {
	// Normal equations for cos, sin and 1.
	var m [3][4]float64
	basis := func(n int) [3]float64 {
		s, c := math.Sincos(2 * math.Pi * math.Mod(f*float64(n), 1))
		return [3]float64{c, s, 1}
	}
	for n, v := range y {
		b := basis(n)
		for i := range 3 {
			for j := range 3 {
				m[i][j] += b[i] * b[j]
			}
			m[i][3] += b[i] * float64(v)
		}
	}
	for i := range 3 { // Gauss-Jordan; the matrix is far from singular
		for j := range 3 {
			if j != i {
				k := m[j][i] / m[i][i]
				for c := range 4 {
					m[j][c] -= k * m[i][c]
				}
			}
		}
	}
	c, s, d := m[0][3]/m[0][0], m[1][3]/m[1][1], m[2][3]/m[2][2]
	for n, v := range y {
		b := basis(n)
		peak = max(peak, math.Abs(float64(v)-c*b[0]-s*b[1]-d))
	}
	return math.Hypot(c, s), peak
}

func sine(f float64, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(math.Sin(2 * math.Pi * math.Mod(f*float64(i), 1)))
	}
	return x
}

// convertInPieces feeds x in pieces of odd sizes.
func convertInPieces(c *RateConverter, x []float32) []float32 {
	var y []float32
	for i, n := 0, 1; i < len(x); n = n*7%1537 + 1 {
		k := min(n, len(x)-i)
		y = c.Convert(y, x[i:i+k])
		i += k
	}
	return c.Flush(y)
}

func TestRateConverterTones(t *testing.T) {
	for _, r := range [][2]int{
		{8000, 48000}, {16000, 48000}, {44100, 48000}, {96000, 48000}, {192000, 48000}, {44101, 48000}, {11025, 48000},
		{48000, 8000}, {48000, 16000}, {48000, 44100}, {48000, 96000}, {48000, 192000}, {48000, 44101}, {48000, 47999},
	} {
		from, to := r[0], r[1]
		t.Run(fmt.Sprintf("%d to %d", from, to), func(t *testing.T) {
			c, err := NewRateConverter(from, to)
			if err != nil {
				t.Fatal(err)
			}
			nyquist := float64(min(from, to)) / 2
			for _, part := range []float64{0.03, 0.3, 0.6, 0.92} {
				f := part * nyquist
				y := convertInPieces(c, sine(f/float64(from), from/10))
				edge := to / 50 // 20 ms: the tone starts and ends suddenly
				amp, rest := residual(y[edge:len(y)-edge], f/float64(to))
				if math.Abs(DB(amp)) > 0.01 || DB(rest) > -90 {
					t.Errorf("%.0f Hz: level %+.4f dB, artefacts %.1f dBFS", f, DB(amp), DB(rest))
				}
			}
			// Tones above the new Nyquist frequency must vanish.
			for f := 1.001 * nyquist; f < float64(from)/2; f += 0.2 * nyquist {
				y := convertInPieces(c, sine(f/float64(from), from/10))
				edge := to / 50
				worst := 0.0
				for _, v := range y[edge : len(y)-edge] {
					worst = max(worst, math.Abs(float64(v)))
				}
				if DB(worst) > -90 {
					t.Errorf("%.0f Hz left %.1f dBFS", f, DB(worst))
				}
			}
		})
	}
}

// TestRateConverterAligned proves length and alignment: up and back again is
// the same recording, sample on sample.
func TestRateConverterAligned(t *testing.T) {
	for _, rate := range []int{8000, 11025, 16000, 22050, 32000, 44100, 48000, 88200, 96000, 192000, 44101} {
		for _, n := range []int{0, 1, 2, 100, 12_345} {
			up, err := NewRateConverter(rate, SampleRate)
			if err != nil {
				t.Fatal(err)
			}
			down, err := NewRateConverter(SampleRate, rate)
			if err != nil {
				t.Fatal(err)
			}
			// A tone both rates can carry, fading in and out.
			x := sine(1000/float64(rate), n)
			for i := range x {
				x[i] *= float32(math.Pow(math.Sin(math.Pi*float64(i)/float64(n)), 2))
			}
			y := convertInPieces(up, x)
			if want := int(math.Round(float64(n) * SampleRate / float64(rate))); len(y) != want {
				t.Errorf("%d Hz: %d samples became %d, want %d", rate, n, len(y), want)
			}
			z := down.FlushTo(down.Convert(nil, y), int64(n))
			if rate <= SampleRate && int(down.Length(int64(len(y)))) != n {
				t.Errorf("%d Hz: %d samples would come back as %d", rate, n, down.Length(int64(len(y))))
			}
			if len(z) != n {
				t.Fatalf("%d Hz: %d samples came back as %d", rate, n, len(z))
			}
			worst := 0.0
			for i := range z {
				worst = max(worst, math.Abs(float64(z[i]-x[i])))
			}
			// Short pieces have content beyond the passband.
			if n == 12_345 && worst > 1e-4 {
				t.Errorf("%d Hz: off by %.2g after up and back", rate, worst)
			}
		}
	}
}

func TestRateConverterRefuses(t *testing.T) {
	for _, r := range [][2]int{{0, 48000}, {-1, 48000}, {7999, 48000}, {48000, 192001}} {
		if _, err := NewRateConverter(r[0], r[1]); err == nil {
			t.Errorf("%d to %d Hz was accepted", r[0], r[1])
		}
	}
}

func TestRateConverterAllocatesNothing(t *testing.T) {
	c, err := NewRateConverter(44100, 48000)
	if err != nil {
		t.Fatal(err)
	}
	x, y := make([]float32, 441), make([]float32, 0, 1000)
	if n := testing.AllocsPerRun(100, func() { c.Convert(y, x) }); n != 0 {
		t.Fatalf("%v allocations per block", n)
	}
}

func BenchmarkRateConverter(b *testing.B) {
	for _, r := range [][2]int{{44100, 48000}, {48000, 44100}, {16000, 48000}, {96000, 48000}} {
		b.Run(fmt.Sprintf("%d to %d, 100 ms", r[0], r[1]), func(b *testing.B) {
			c, err := NewRateConverter(r[0], r[1])
			if err != nil {
				b.Fatal(err)
			}
			x, y := noise(1, r[0]/10), make([]float32, 0, 10_000)
			for b.Loop() {
				c.Convert(y, x)
			}
		})
	}
}
