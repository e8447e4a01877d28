package dsp

import "math"

// fft is a discrete Fourier transform of 960 real float32 samples, unscaled
// forward, and its inverse, scaled by 1/960.
//
// The 960 reals are taken as 480 complex numbers, transformed by four passes
// (480 = 4*4*5*6) and separated into the spectrum of the reals. The passes
// follow Stockham: each reads one buffer and writes the other in an order that
// makes the result come out sorted, so nothing is permuted. See Van Loan,
// "Computational Frameworks for the Fast Fourier Transform" (1992), 1.7 and 2.3.
//
// Products are rounded by an explicit float32(...) so that the compiler may not
// fuse them with additions: the same input gives the same bits everywhere.
// complex64 is used for storage and sums only, as Go multiplies complex64 in
// float64.
type fft struct {
	a, b [half]complex64
}

// half is the length of the complex transform.
const half = Window / 2

// Twiddle factors exp(-2 pi i k / n) for each pass, in the order of use.
var (
	twiddles4a = makeTwiddles(480, 4)
	twiddles4b = makeTwiddles(120, 4)
	twiddles5  = makeTwiddles(30, 5)
	// twiddlesReal are exp(-2 pi i k / 960), k = 0..240, for the separation.
	twiddlesReal = makeTwiddles(Window, 1)
)

// makeTwiddles returns for each p below n/radix the factors w^p, w^2p, ...,
// w^(radix-1)p with w = exp(-2 pi i / n). Radix 1 gives w^p for p up to n/4.
func makeTwiddles(n, radix int) []complex64 {
	w := func(k int) complex64 {
		sin, cos := math.Sincos(-2 * math.Pi * float64(k) / float64(n))
		return complex(float32(cos), float32(sin))
	}
	var t []complex64
	if radix == 1 {
		for p := range n/4 + 1 {
			t = append(t, w(p))
		}
		return t
	}
	for p := range n / radix {
		for j := 1; j < radix; j++ {
			t = append(t, w(j*p))
		}
	}
	return t
}

// mul is x*w in float32.
func mul(x, w complex64) complex64 {
	xr, xi, wr, wi := real(x), imag(x), real(w), imag(w)
	return complex(float32(xr*wr)-float32(xi*wi), float32(xr*wi)+float32(xi*wr))
}

// scale is x*g for a real g.
func scale(x complex64, g float32) complex64 { return complex(real(x)*g, imag(x)*g) }

// turn is -i*x.
func turn(x complex64) complex64 { return complex(imag(x), -real(x)) }

// forward writes the Bins values of the spectrum of the 960 reals packed in
// f.a: a[n] = x[2n] + i x[2n+1].
func (f *fft) forward(spec []complex64) {
	f.complex480()
	// Z = E + iO, where E and O are the spectra of the even and odd samples:
	// E[k] = (Z[k]+conj Z[-k])/2, O[k] = -i(Z[k]-conj Z[-k])/2, and
	// X[k] = E[k] + w^k O[k], X[480-k] = conj(E[k] - w^k O[k]).
	spec = spec[:Bins]
	z := &f.a
	re, im := real(z[0]), imag(z[0])
	spec[0] = complex(re+im, 0)
	spec[half] = complex(re-im, 0)
	for k := 1; k <= half/2; k++ {
		p, q := z[k], z[half-k]
		e := complex(0.5*(real(p)+real(q)), 0.5*(imag(p)-imag(q)))
		o := complex(0.5*(imag(p)+imag(q)), 0.5*(real(q)-real(p)))
		o = mul(o, twiddlesReal[k])
		spec[k] = e + o
		d := e - o
		spec[half-k] = complex(real(d), -imag(d))
	}
}

// inverse leaves in f.a the 960 reals of a spectrum of Bins values, packed and
// CONJUGATED: x[2n] = real a[n], x[2n+1] = -imag a[n]. The imaginary parts of
// the first and the last bin are ignored.
//
// It runs forward's steps backwards; as ifft(Z) = conj fft(conj Z), the same
// passes serve both ways.
func (f *fft) inverse(spec []complex64) {
	spec = spec[:Bins]
	z := &f.a
	const g = 1.0 / Window // 1/480 of the transform, and the 1/2 of E and O
	x0, xn := real(spec[0]), real(spec[half])
	z[0] = complex(g*(x0+xn), -g*(x0-xn))
	for k := 1; k <= half/2; k++ {
		p, q := spec[k], spec[half-k]
		// 2E = X[k]+conj X[480-k], 2O = conj(w^k) (X[k]-conj X[480-k]).
		e := complex(g*(real(p)+real(q)), g*(imag(p)-imag(q)))
		w := twiddlesReal[k]
		o := mul(complex(g*(real(p)-real(q)), g*(imag(p)+imag(q))), complex(real(w), -imag(w)))
		// Z[k] = E+iO, Z[480-k] = conj(E)+i conj(O) = conj(E-iO); stored
		// conjugated.
		io := complex(-imag(o), real(o))
		s := e + io
		z[k] = complex(real(s), -imag(s))
		z[half-k] = e - io
	}
	f.complex480()
}

// complex480 transforms f.a in place, with f.b as the other buffer.
func (f *fft) complex480() {
	pass4(f.b[:], f.a[:], 120, 1, twiddles4a)
	pass4(f.a[:], f.b[:], 30, 4, twiddles4b)
	pass5(f.b[:], f.a[:], 6, 16, twiddles5)
	pass6(f.a[:], f.b[:])
}
