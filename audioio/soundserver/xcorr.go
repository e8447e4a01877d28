package soundserver

import (
	"math"
	"math/cmplx"

	"gonum.org/v1/gonum/dsp/fourier"
)

// Lag returns by how many samples y lags behind x (negative: y is ahead),
// within ±maxLag, and the normalised correlation there (1: the same signal).
// The lag is refined between samples by a parabola through the peak.
func Lag(x, y []float32, maxLag int) (lag, corr float64) {
	size := 1
	for size < len(x)+len(y) {
		size *= 2
	}
	fft := fourier.NewFFT(size)
	spectrum := func(x []float32) []complex128 {
		padded := make([]float64, size)
		for i, v := range x {
			padded[i] = float64(v)
		}
		return fft.Coefficients(nil, padded)
	}
	fx, fy := spectrum(x), spectrum(y)
	for i := range fx {
		fy[i] *= cmplx.Conj(fx[i])
	}
	product := fft.Sequence(nil, fy) // size times the correlation
	at := func(k int) float64 { return product[(k+size)%size] / float64(size) }
	maxLag = min(maxLag, size/2-2)
	best := -maxLag
	for k := -maxLag; k <= maxLag; k++ {
		if at(k) > at(best) {
			best = k
		}
	}
	norm := RMS(x) * RMS(y) * math.Sqrt(float64(len(x))*float64(len(y)))
	if norm == 0 {
		return 0, 0
	}
	a, b, c := at(best-1), at(best), at(best+1)
	frac := 0.0
	if d := a - 2*b + c; d < 0 {
		frac = (a - c) / (2 * d)
	}
	return float64(best) + frac, b / norm
}
