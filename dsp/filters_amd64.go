//go:build !noasm

package dsp

import "golang.org/x/sys/cpu"

var (
	haveAVX    = cpu.X86.HasAVX
	haveAVX2   = cpu.X86.HasAVX2
	haveFMA    = haveAVX && cpu.X86.HasFMA
	haveAVX512 = haveFMA && cpu.X86.HasAVX512F
)

//go:noescape
func dotAVX(x, w *float32, n int) float32

// dot is the sum of x[i]*w[i]; both have the same length. It gives the bits of
// dotGo.
func dot(x, w []float32) float32 {
	if n := len(x); haveAVX && n%8 == 0 && n > 0 {
		w = w[:n]
		return dotAVX(&x[0], &w[0], n)
	}
	return dotGo(x, w)
}

// polyphaseProduct is polyphaseGo; y, x and w hold all that is read and written.
func polyphaseProduct(y, x, w []float32, rows, taps, stride int) {
	if !haveFMA {
		polyphaseGo(y, x, w, rows, taps, stride)
		return
	}
	_, _, _ = y[rows*groupSize-1], x[(rows-1)*stride+taps-1], w[taps*groupSize-1]
	if haveAVX512 {
		polyphaseAVX512(&y[0], &x[0], &w[0], rows, taps, stride)
		return
	}
	polyphaseFMA(&y[0], &x[0], &w[0], rows, taps, stride)
}

// glideFilter is glideFilterGo; x holds len(a)-1 samples more than n, rounded up to a
// multiple of eight, and y and part hold as many.
func glideFilter(y, x, a, b, part []float32, n int) {
	if !haveAVX {
		glideFilterGo(y, x, a, b, part, n)
		return
	}
	n = (n + lanes - 1) &^ (lanes - 1)
	_, _, _, _ = y[n-1], x[n+len(a)-2], b[len(a)-1], part[n-1]
	glideFilterAVX(&y[0], &x[0], &a[0], &b[0], &part[0], len(a), n)
}

// between is betweenGo; x holds truePeakTaps-1 samples more than y.
func between(y, x []float32) {
	x = x[:len(y)+truePeakTaps-1]
	n := whole(len(y))
	if n > 0 {
		betweenAVX(&y[0], &x[0], &truePeakTable.rows[truePeakTaps], n)
	}
	betweenGo(y[n:], x[n:])
}

// furthest is furthestGo.
func furthest(p []float32, lo uint32) uint32 {
	n := len(p) &^ (lanes - 1)
	if !haveAVX2 || n == 0 {
		return furthestGo(p, lo)
	}
	return max(furthestAVX2(&p[0], lo, n), furthestGo(p[n:], lo))
}

// decodePCM16 is decodePCM16Go.
func decodePCM16(dst []float32, raw []byte) {
	n := len(dst) &^ (2*lanes - 1)
	if haveAVX2 && n > 0 {
		decodePCM16AVX2(&dst[0], &raw[0], n)
		dst, raw = dst[n:], raw[2*n:]
	}
	decodePCM16Go(dst, raw)
}

// encodePCM16 is encodePCM16Go.
func encodePCM16(raw []byte, src []float32) (done int) {
	if n := len(src) &^ (2*lanes - 1); haveAVX2 && n > 0 {
		done = encodePCM16AVX2(&raw[0], &src[0], n)
	}
	return done + encodePCM16Go(raw[2*done:], src[done:])
}

// multiply is multiplyGo for slices as long as y.
func multiply(y, a, b []float32) {
	a, b = a[:len(y)], b[:len(y)]
	n := whole(len(y))
	if n > 0 {
		multiplyAVX(&y[0], &a[0], &b[0], n)
	}
	multiplyGo(y[n:], a[n:], b[n:])
}

// multiplyAdd is multiplyAddGo for slices as long as y.
func multiplyAdd(y, c, a, b []float32) {
	c, a, b = c[:len(y)], a[:len(y)], b[:len(y)]
	n := whole(len(y))
	if n > 0 {
		multiplyAddAVX(&y[0], &c[0], &a[0], &b[0], n)
	}
	multiplyAddGo(y[n:], c[n:], a[n:], b[n:])
}

// whole is how many of n values AVX does, eight at a time.
func whole(n int) int {
	if !haveAVX {
		return 0
	}
	return n &^ (lanes - 1)
}
