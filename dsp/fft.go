package dsp

import (
	"math"
	"unsafe"
)

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

// reals is f.a as the samples packed in it: a complex64 is two float32.
func (f *fft) reals() *[Window]float32 { return (*[Window]float32)(unsafe.Pointer(&f.a)) }

// half is the length of the complex transform.
const half = Window / 2

// Twiddle factors: for each pass of radix r and length n, and each p below n/r,
// the factors w^p, w^2p, ..., w^(r-1)p of w = exp(-2 pi i/n). Those of the first
// pass are sorted by power, as vectors want them.
var (
	twiddlesA [3][120]complex64 // n = 480
	twiddlesB [30][3]complex64  // n = 120
	twiddlesC [6][4]complex64   // n = 30

	// twiddlesReal are exp(-2 pi i k/960), for the separation.
	twiddlesReal [half/2 + 1]complex64
)

func init() {
	for j := range twiddlesA {
		setTwiddles(twiddlesA[j][1:], j+1, 480)
		twiddlesA[j][0] = 1
	}
	for p := range twiddlesB {
		setTwiddles(twiddlesB[p][:], p, 120)
	}
	for p := range twiddlesC {
		setTwiddles(twiddlesC[p][:], p, 30)
	}
	setTwiddles(twiddlesReal[1:], 1, Window)
}

// setTwiddles sets t to w^p, w^2p, ... with w = exp(-2 pi i/n).
func setTwiddles(t []complex64, p, n int) {
	for j := range t {
		sin, cos := math.Sincos(-2 * math.Pi * float64((j+1)*p) / float64(n))
		t[j] = complex(float32(cos), float32(sin))
	}
}

// mul is x*w in float32.
func mul(x, w complex64) complex64 {
	xr, xi, wr, wi := real(x), imag(x), real(w), imag(w)
	return complex(float32(xr*wr)-float32(xi*wi), float32(xr*wi)+float32(xi*wr))
}

// scale is x*g for a real g.
func scale(x complex64, g float32) complex64 {
	return complex(float32(real(x)*g), float32(imag(x)*g))
}

// turn is -i*x.
func turn(x complex64) complex64 { return complex(imag(x), -real(x)) }

// forward writes the Bins values of the spectrum of the 960 reals.
func (f *fft) forward(spec []complex64) {
	f.complex480()
	x, z := (*[Bins]complex64)(spec), &f.a
	re, im := real(z[0]), imag(z[0])
	x[0] = complex(re+im, 0)
	x[half] = complex(re-im, 0)
	separate(x, z)
}

// separateGo makes the bins 1 to 479 of the transform z of packed reals.
//
// Z = E + iO, where E and O are the spectra of the even and odd samples:
// E[k] = (Z[k]+conj Z[-k])/2, O[k] = -i(Z[k]-conj Z[-k])/2, and
// X[k] = E[k] + w^k O[k], X[480-k] = conj(E[k] - w^k O[k]).
func separateGo(x *[Bins]complex64, z *[half]complex64, w *[half/2 + 1]complex64) {
	for k := 1; k <= half/2; k++ {
		p, q := z[k], z[half-k]
		e := complex(0.5*(real(p)+real(q)), 0.5*(imag(p)-imag(q)))
		o := complex(0.5*(imag(p)+imag(q)), 0.5*(real(q)-real(p)))
		o = mul(o, w[k])
		x[k] = e + o
		d := e - o
		x[half-k] = complex(real(d), -imag(d))
	}
}

// inverse makes the reals of a spectrum of Bins values, every other one NEGATED,
// since the numbers they are packed in come conjugated. The imaginary parts of the
// first and the last bin are ignored.
//
// It runs forward's steps backwards; as ifft(Z) = conj fft(conj Z), the same
// passes serve both ways.
func (f *fft) inverse(spec []complex64) {
	x, z := (*[Bins]complex64)(spec), &f.a
	x0, xn := real(x[0]), real(x[half])
	z[0] = complex(perWindow*(x0+xn), -perWindow*(x0-xn))
	join(z, x)
	f.complex480()
}

// perWindow is 1/480 of the transform, and the 1/2 of E and O.
const perWindow = 1.0 / Window

// joinGo makes the numbers 1 to 479 of the transform that belongs to a
// spectrum, conjugated and scaled by perWindow:
//
// 2E = X[k]+conj X[480-k], 2O = conj(w^k) (X[k]-conj X[480-k]),
// Z[k] = E+iO, Z[480-k] = conj(E)+i conj(O) = conj(E-iO).
func joinGo(z *[half]complex64, x *[Bins]complex64, w *[half/2 + 1]complex64) {
	for k := 1; k <= half/2; k++ {
		p, q := x[k], x[half-k]
		e := scale(complex(real(p)+real(q), imag(p)-imag(q)), perWindow)
		o := scale(complex(real(p)-real(q), imag(p)+imag(q)), perWindow)
		o = mul(o, complex(real(w[k]), -imag(w[k])))
		io := complex(-imag(o), real(o))
		s := e + io
		z[k] = complex(real(s), -imag(s))
		z[half-k] = e - io
	}
}

// complex480 transforms f.a in place, with f.b as the other buffer.
func (f *fft) complex480() {
	passA(&f.b, &f.a)
	passB(&f.a, &f.b)
	passC(&f.b, &f.a)
	passD(&f.a, &f.b)
}
