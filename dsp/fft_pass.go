package dsp

import "math"

// The passes of the Stockham transform. A pass of radix r with m = n/r splits
// s interleaved transforms of length n into r*s of length m:
//
//	dst[q+s*(r*p+j)] = w^(j*p) * sum over k of src[q+s*(p+k*m)] * exp(-2 pi i j k/r)
//
// for p below m, q below s, j and k below r, w = exp(-2 pi i/n).
//
// All lengths are constants and blocks are arrays, so that the compiler knows
// every index to be in bounds.

// passAGo is the first pass: radix 4, m = 120, s = 1.
func passAGo(dst, src *[half]complex64, w *[3][half / 4]complex64) {
	const m = half / 4
	a, b, c, d := src[:m], src[m:2*m], src[2*m:3*m], src[3*m:]
	for p := range m {
		y := (*[4]complex64)(dst[4*p:])
		y0, y1, y2, y3 := dft4(a[p], b[p], c[p], d[p])
		y[0], y[1], y[2], y[3] = y0, mul(y1, w[0][p]), mul(y2, w[1][p]), mul(y3, w[2][p])
	}
}

// passBGo is the second pass: radix 4, m = 30, s = 4.
func passBGo(dst, src *[half]complex64, twiddles *[30][3]complex64) {
	const s, m = 4, half / 4 / 4
	for p := range twiddles {
		w := &twiddles[p]
		a := (*[s]complex64)(src[s*p:])
		b := (*[s]complex64)(src[s*(p+m):])
		c := (*[s]complex64)(src[s*(p+2*m):])
		d := (*[s]complex64)(src[s*(p+3*m):])
		y := (*[4 * s]complex64)(dst[4*s*p:])
		for q := range s {
			y0, y1, y2, y3 := dft4(a[q], b[q], c[q], d[q])
			y[q], y[s+q], y[2*s+q], y[3*s+q] = y0, mul(y1, w[0]), mul(y2, w[1]), mul(y3, w[2])
		}
	}
}

// dft4 is a transform of length 4.
func dft4(x0, x1, x2, x3 complex64) (y0, y1, y2, y3 complex64) {
	a, b := x0+x2, x1+x3
	u, v := x0-x2, turn(x1-x3)
	return a + b, u + v, a - b, u - v
}

// Cosines and sines of the fifth and third of a turn.
var (
	cos72  = float32(math.Cos(2 * math.Pi / 5))
	cos144 = float32(math.Cos(4 * math.Pi / 5))
	sin72  = float32(math.Sin(2 * math.Pi / 5))
	sin144 = float32(math.Sin(4 * math.Pi / 5))
	sin120 = float32(math.Sin(2 * math.Pi / 3))
)

// passCGo is the third pass: radix 5, m = 6, s = 16.
func passCGo(dst, src *[half]complex64, twiddles *[6][4]complex64) {
	const s, m = 16, half / 16 / 5
	c1, c2, s1, s2 := cos72, cos144, sin72, sin144
	for p := range twiddles {
		w := &twiddles[p]
		a := (*[s]complex64)(src[s*p:])
		b := (*[s]complex64)(src[s*(p+m):])
		c := (*[s]complex64)(src[s*(p+2*m):])
		d := (*[s]complex64)(src[s*(p+3*m):])
		e := (*[s]complex64)(src[s*(p+4*m):])
		y := (*[5 * s]complex64)(dst[5*s*p:])
		for q := range s {
			x := a[q]
			be, cd := b[q]+e[q], c[q]+d[q]
			bed, cdd := turn(b[q]-e[q]), turn(c[q]-d[q])
			// Even and odd halves of the outputs 1 and 4, and of 2 and 3.
			u := x + scale(be, c1) + scale(cd, c2)
			v := x + scale(be, c2) + scale(cd, c1)
			r := scale(bed, s1) + scale(cdd, s2)
			o := scale(bed, s2) - scale(cdd, s1)
			y[q] = x + be + cd
			y[s+q] = mul(u+r, w[0])
			y[2*s+q] = mul(v+o, w[1])
			y[3*s+q] = mul(v-o, w[2])
			y[4*s+q] = mul(u-r, w[3])
		}
	}
}

// passDGo is the last pass: radix 6, m = 1, s = 80, so without twiddles. As 2 and
// 3 have no common factor, a length of 6 is 2 transforms of 3 and then 3 of 2
// on reordered inputs, with no factors between (Good's algorithm).
func passDGo(dst, src *[half]complex64) {
	const s = half / 6
	x0, x1, x2 := src[:s], src[s:2*s], src[2*s:3*s]
	x3, x4, x5 := src[3*s:4*s], src[4*s:5*s], src[5*s:]
	y0, y1, y2 := dst[:s], dst[s:2*s], dst[2*s:3*s]
	y3, y4, y5 := dst[3*s:4*s], dst[4*s:5*s], dst[5*s:]
	h := sin120
	for q := range s {
		a0, a1, a2 := dft3(x0[q], x2[q], x4[q], h)
		b0, b1, b2 := dft3(x3[q], x5[q], x1[q], h)
		y0[q], y3[q] = a0+b0, a0-b0
		y4[q], y1[q] = a1+b1, a1-b1
		y2[q], y5[q] = a2+b2, a2-b2
	}
}

// dft3 is a transform of length 3; h is sin(2 pi/3).
func dft3(x0, x1, x2 complex64, h float32) (y0, y1, y2 complex64) {
	sum := x1 + x2
	u := x0 - scale(sum, 0.5)
	v := scale(turn(x1-x2), h)
	return x0 + sum, u + v, u - v
}
