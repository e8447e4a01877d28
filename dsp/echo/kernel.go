package echo

import "github.com/stillmic/stillmic/dsp"

// stride is how many numbers a row of a spectrum takes: Bins, filled up to whole vectors of
// sixteen float32.
const stride = (dsp.Bins + 15) / 16 * 16

// row is a spectrum with its real and imaginary parts apart, as vectors want them. What is
// beyond Bins stays zero.
type row struct{ re, im [stride]float32 }

// set takes the parts of a spectrum of Bins values.
func (r *row) set(spec []complex64) {
	for k, v := range spec[:dsp.Bins] {
		r.re[k], r.im[k] = real(v), imag(v)
	}
}

// join writes the numbers to spec, Bins values.
func (r *row) join(spec []complex64) {
	for k := range spec[:dsp.Bins] {
		spec[k] = complex(r.re[k], r.im[k])
	}
}

// accumulateGo is y += x*w.
func accumulateGo(y, x, w *row) {
	for k := range y.re {
		y.re[k] += float32(x.re[k]*w.re[k]) - float32(x.im[k]*w.im[k])
		y.im[k] += float32(x.re[k]*w.im[k]) + float32(x.im[k]*w.re[k])
	}
}

// powerGo is y += p*|x|^2.
func powerGo(y, p *[stride]float32, x *row) {
	for k := range y {
		y[k] += float32(p[k] * (float32(x.re[k]*x.re[k]) + float32(x.im[k]*x.im[k])))
	}
}

// updateGo is one step of a partition's Kalman filter. e holds the spectrum of the error, over
// the variance that is expected of it:
//
//	w += p * conj(x) * e
//	p  = a * (1 - p*|x|^2*r) * p + (1-a) * (|w|^2 + least)
//
// where r is half of one over that variance.
func updateGo(w *row, p *[stride]float32, x, e *row, r *[stride]float32, a, least float32) {
	for k := range p {
		xr, xi, er, ei, q := x.re[k], x.im[k], e.re[k], e.im[k], p[k]
		wr := w.re[k] + float32(q*(float32(xr*er)+float32(xi*ei)))
		wi := w.im[k] + float32(q*(float32(xr*ei)-float32(xi*er)))
		w.re[k], w.im[k] = wr, wi
		size := float32(xr*xr) + float32(xi*xi)
		kept := max(1-float32(float32(q*size)*r[k]), 0)
		p[k] = float32(float32(a*kept)*q) + float32((1-a)*(float32(wr*wr)+float32(wi*wi)+least))
	}
}

// square is |x|^2.
func square(x complex64) float32 { return float32(real(x)*real(x)) + float32(imag(x)*imag(x)) }

// cross is x times the conjugate of y.
func cross(x, y complex64) complex64 {
	return complex(float32(real(x)*real(y))+float32(imag(x)*imag(y)), float32(imag(x)*real(y))-float32(real(x)*imag(y)))
}

// approach moves x by a part of the way to y.
func approach(x, y complex64, part float32) complex64 {
	return complex(real(x)+float32(part*(real(y)-real(x))), imag(x)+float32(part*(imag(y)-imag(x))))
}
