package audiotest

import (
	"math"
	"math/cmplx"
)

// Lag returns by how many samples y lags behind x (negative: y is ahead),
// within ±maxLag, and the normalised correlation there (1: the same signal).
// The lag is refined between samples by a parabola through the peak.
func Lag(x, y []float32, maxLag int) (lag, corr float64) {
	size := 1
	for size < len(x)+len(y) {
		size *= 2
	}
	fx, fy := make([]complex128, size), make([]complex128, size)
	for i, v := range x {
		fx[i] = complex(float64(v), 0)
	}
	for i, v := range y {
		fy[i] = complex(float64(v), 0)
	}
	fft(fx, false)
	fft(fy, false)
	for i := range fx {
		fy[i] *= cmplx.Conj(fx[i])
	}
	fft(fy, true)
	at := func(k int) float64 { return real(fy[(k+size)%size]) / float64(size) }
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

// Align cuts x and y so that they lie on one another, y lagging by at most
// maxLag samples either way, and returns the lag in samples.
func Align(x, y []float32, maxLag int) (ax, ay []float32, lag int) {
	l, _ := Lag(x, y, maxLag)
	lag = int(math.Round(l))
	if lag > 0 {
		y = y[lag:]
	} else {
		x = x[-lag:]
	}
	n := min(len(x), len(y))
	return x[:n], y[:n], lag
}

// fft transforms a, whose length is a power of two, in place (radix 2); the
// inverse is not normalised.
func fft(a []complex128, inverse bool) {
	n := len(a)
	for i, j := 1, 0; i < n; i++ {
		bit := n >> 1
		for ; j&bit != 0; bit >>= 1 {
			j ^= bit
		}
		j ^= bit
		if i < j {
			a[i], a[j] = a[j], a[i]
		}
	}
	sign := -2 * math.Pi
	if inverse {
		sign = -sign
	}
	w := make([]complex128, n/2)
	for i := range w {
		w[i] = cmplx.Rect(1, sign*float64(i)/float64(n))
	}
	for size := 2; size <= n; size *= 2 {
		step := n / size
		for i := 0; i < n; i += size {
			for k := range size / 2 {
				u, v := a[i+k], a[i+k+size/2]*w[k*step]
				a[i+k], a[i+k+size/2] = u+v, u-v
			}
		}
	}
}
