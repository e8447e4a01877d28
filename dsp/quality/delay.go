package quality

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
)

// Delay returns by how many samples test lies behind ref, between -reach and
// reach: where their cross-correlation is largest, whatever the sign. The
// lengths may differ. It is 0 where either is silent. The memory does not
// depend on the length.
func Delay(ref, test []float32, reach int) int {
	// Block k of ref meets test from reach samples before it to reach after. In a
	// transform as long as that stretch nothing wraps around, and the products of
	// all blocks can be summed before the one way back.
	size := 1
	for size < 4*reach+2 {
		size *= 2
	}
	block := size - 2*reach
	fft := fourier.NewFFT(size)
	in := make([]float64, size)
	a, b := make([]complex128, size/2+1), make([]complex128, size/2+1)
	sum := make([]complex128, size/2+1)
	for at := 0; at < len(ref); at += block {
		end := min(at+block, len(ref))
		place(in, ref, at, end)
		fft.Coefficients(a, in)
		place(in, test, at-reach, end+reach)
		fft.Coefficients(b, in)
		for i := range sum {
			sum[i] += complex(real(a[i]), -imag(a[i])) * b[i]
		}
	}
	fft.Sequence(in, sum)
	best, delay := 0.0, 0
	for i, v := range in[:2*reach+1] {
		lag := i - reach
		// Of equals the one nearest to 0.
		if v = math.Abs(v); v > best*(1+1e-12) || v >= best*(1-1e-12) && abs(lag) < abs(delay) && v > 0 {
			best, delay = max(v, best), lag
		}
	}
	return delay
}

// place copies p[from:to] to the beginning of dst, with silence for what p has
// not and after it.
func place(dst []float64, p []float32, from, to int) {
	clear(dst)
	for i := max(from, 0); i < min(to, len(p)); i++ {
		dst[i-from] = float64(p[i])
	}
}

func abs(n int) int { return max(n, -n) }
