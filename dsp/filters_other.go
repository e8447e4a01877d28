//go:build !amd64 || noasm

package dsp

func dot(x, w []float32) float32 { return dotGo(x, w) }

func polyphaseProduct(y, x, w []float32, rows, taps, stride int) {
	polyphaseGo(y, x, w, rows, taps, stride)
}

func glideFilter(y, x, a, b, part []float32, n int) { glideFilterGo(y, x, a, b, part, n) }

func between(y, x []float32) { betweenGo(y, x) }

func furthest(p []float32, lo uint32) uint32 { return furthestGo(p, lo) }

func decodePCM16(dst []float32, raw []byte) { decodePCM16Go(dst, raw) }

func encodePCM16(raw []byte, src []float32) (done int) { return encodePCM16Go(raw, src) }

func multiply(y, a, b []float32) { multiplyGo(y, a, b) }

func multiplyAdd(y, c, a, b []float32) { multiplyAddGo(y, c, a, b) }
