package dsp

import "math"

// The passes of the Stockham transform. A pass of radix r with m = n/r splits
// s interleaved transforms of length n into r*s of length m:
//
//	dst[q+s*(r*p+j)] = w^(j*p) * sum over k of src[q+s*(p+k*m)] * exp(-2 pi i j k/r)
//
// for p below m, q below s, j and k below r, w = exp(-2 pi i/n).

// pass4 is a pass of radix 4.
func pass4(dst, src []complex64, m, s int, tw []complex64) {
	for p := range m {
		t := tw[3*p : 3*p+3 : 3*p+3]
		w1, w2, w3 := t[0], t[1], t[2]
		a := src[s*p:][:s]
		b := src[s*(p+m):][:s]
		c := src[s*(p+2*m):][:s]
		d := src[s*(p+3*m):][:s]
		y := dst[4*s*p:][: 4*s : 4*s]
		y0, y1, y2, y3 := y[:s], y[s:][:s], y[2*s:][:s], y[3*s:][:s]
		for q := range s {
			ac, acd := a[q]+c[q], a[q]-c[q]
			bd, bdd := b[q]+d[q], turn(b[q]-d[q])
			y0[q] = ac + bd
			y1[q] = mul(acd+bdd, w1)
			y2[q] = mul(ac-bd, w2)
			y3[q] = mul(acd-bdd, w3)
		}
	}
}

// Cosines and sines of the fifth and third of a turn.
var (
	cos72  = float32(math.Cos(2 * math.Pi / 5))
	cos144 = float32(math.Cos(4 * math.Pi / 5))
	sin72  = float32(math.Sin(2 * math.Pi / 5))
	sin144 = float32(math.Sin(4 * math.Pi / 5))
	sin120 = float32(math.Sin(2 * math.Pi / 3))
)

// pass5 is a pass of radix 5.
func pass5(dst, src []complex64, m, s int, tw []complex64) {
	c1, c2, s1, s2 := cos72, cos144, sin72, sin144
	for p := range m {
		t := tw[4*p : 4*p+4 : 4*p+4]
		w1, w2, w3, w4 := t[0], t[1], t[2], t[3]
		a := src[s*p:][:s]
		b := src[s*(p+m):][:s]
		c := src[s*(p+2*m):][:s]
		d := src[s*(p+3*m):][:s]
		e := src[s*(p+4*m):][:s]
		y := dst[5*s*p:][: 5*s : 5*s]
		y0, y1, y2, y3, y4 := y[:s], y[s:][:s], y[2*s:][:s], y[3*s:][:s], y[4*s:][:s]
		for q := range s {
			be, bed := b[q]+e[q], turn(b[q]-e[q])
			cd, cdd := c[q]+d[q], turn(c[q]-d[q])
			x := a[q]
			y0[q] = x + be + cd
			// Even and odd halves of outputs 1, 4 and of 2, 3.
			u := x + scale(be, c1) + scale(cd, c2)
			v := x + scale(be, c2) + scale(cd, c1)
			r := scale(bed, s1) + scale(cdd, s2)
			o := scale(bed, s2) - scale(cdd, s1)
			y1[q] = mul(u+r, w1)
			y2[q] = mul(v+o, w2)
			y3[q] = mul(v-o, w3)
			y4[q] = mul(u-r, w4)
		}
	}
}

// pass6 is the last pass, 80 transforms of length 6, without twiddles. As 2 and
// 3 have no common factor, a length of 6 is 2 transforms of 3 and then 3 of 2
// on reordered inputs, with no factors between (Good's algorithm).
func pass6(dst, src []complex64) {
	const s = half / 6
	x0, x1, x2 := src[:s], src[s:][:s], src[2*s:][:s]
	x3, x4, x5 := src[3*s:][:s], src[4*s:][:s], src[5*s:][:s]
	y0, y1, y2 := dst[:s], dst[s:][:s], dst[2*s:][:s]
	y3, y4, y5 := dst[3*s:][:s], dst[4*s:][:s], dst[5*s:][:s]
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
