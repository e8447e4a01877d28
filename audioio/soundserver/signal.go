package soundserver

import (
	"math"
	"math/rand/v2"
)

// Sine returns n samples of a sine of the given frequency (Hz) and peak.
func Sine(n int, freq, peak float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(peak * math.Sin(2*math.Pi*freq*float64(i)/sampleRate))
	}
	return x
}

// Noise returns n samples of white noise, uniform within ±peak.
func Noise(n int, peak float64, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 0))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(peak * (2*r.Float64() - 1))
	}
	return x
}

// RMS returns the root of the mean square, 0 for no samples.
func RMS(x []float32) float64 {
	if len(x) == 0 {
		return 0
	}
	var e float64
	for _, v := range x {
		e += float64(v) * float64(v)
	}
	return math.Sqrt(e / float64(len(x)))
}

// DB returns a ratio of amplitudes in decibels.
func DB(ratio float64) float64 { return 20 * math.Log10(ratio) }

// SISDR returns the scale-invariant signal-to-distortion ratio of est in dB
// (Le Roux et al., 2019): est is projected on ref, both without their mean;
// what is left over is distortion. The two must be aligned and of equal length.
func SISDR(ref, est []float32) float64 {
	n := min(len(ref), len(est))
	mr, me := mean(ref[:n]), mean(est[:n])
	var rr, re, ee float64
	for i := range n {
		r, e := float64(ref[i])-mr, float64(est[i])-me
		rr += r * r
		re += r * e
		ee += e * e
	}
	if rr == 0 {
		return math.Inf(-1)
	}
	target := re * re / rr
	return 10 * math.Log10(target/math.Max(ee-target, 1e-30))
}

func mean(x []float32) float64 {
	var s float64
	for _, v := range x {
		s += float64(v)
	}
	return s / float64(max(len(x), 1))
}

// Span is a stretch of samples.
type Span struct{ Start, Len int }

// Gaps returns the stretches of at least minLen samples that stay within ±eps:
// drop-outs, in a signal that is never quiet for so long by itself.
func Gaps(x []float32, minLen int, eps float32) []Span {
	var spans []Span
	run := 0
	for i := 0; i <= len(x); i++ {
		if i < len(x) && x[i] <= eps && x[i] >= -eps {
			run++
			continue
		}
		if run >= minLen {
			spans = append(spans, Span{i - run, run})
		}
		run = 0
	}
	return spans
}

// Clicks returns where a steady sine of the given frequency (Hz) and peak is
// broken: a sine obeys x[n] = 2cos(w)x[n-1] - x[n-2], and any gap, jump of
// phase or step leaves a residue. What lies within 10 ms counts once. tol is
// the residue, relative to the peak, that is still no click: 0.005 passes
// 16-bit rounding and finds the loss of one sample of a tone of 400 Hz or more.
func Clicks(x []float32, freq, peak, tol float64) []int {
	c := 2 * math.Cos(2*math.Pi*freq/sampleRate)
	var at []int
	for n := 2; n < len(x); n++ {
		r := float64(x[n]) - c*float64(x[n-1]) + float64(x[n-2])
		if math.Abs(r) > tol*peak && (len(at) == 0 || n-at[len(at)-1] > sampleRate/100) {
			at = append(at, n)
		}
	}
	return at
}
