package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// atOnce is how many registers' magnitudes are compared at once: a comparison
// waits four cycles for the one before.
const atOnce = 4

// quantize writes the rounding to steps, by AVX2 and by AVX-512.
func quantize() {
	quantizeBy("quantizeAVX2", narrow(), func(v VecVirtual, to Mem) {
		high := XMM()
		VEXTRACTI128(Imm(1), v, high)
		VPACKSSDW(high, v.AsX(), v.AsX())
		VMOVDQU(v.AsX(), to)
	})
	quantizeBy("quantizeAVX512", wide(), func(v VecVirtual, to Mem) { VPMOVSDW(v, to) })
}

// quantizeBy goes through the values in registers of w, and in AVX2's through
// the last few. store writes a register's integers.
func quantizeBy(name string, w *width, store func(v VecVirtual, to Mem)) {
	function(name, "func(q []int16, x []float32) float32", name+` is quantizeGo:

	peak := float32(0)
	for _, v := range x {
		peak = max(peak, v, -v)
	}
	if peak < 1e-20 {
		clear(q)
		return 0
	}
	factor := 32767 / peak
	for i, v := range x {
		q[i] = int16(math.RoundToEven(float64(v * factor)))
	}
	return peak / 32767

len(x) is a multiple of 8.`)
	factor, step := steps(largest(w))
	x, q, left, many := base("x"), base("q"), length("x"), w.vector()
	VBROADCASTSS(factor, many)
	round := func(label string, v VecVirtual, factor Register, size int) {
		whileLeft(label, left, size/4, func() {
			VMULPS(Mem{Base: x}, factor, v)
			VCVTPS2DQ(v, v)
			store(v, Mem{Base: q})
			ADDQ(U32(size), x)
			ADDQ(U32(size/2), q)
		})
	}
	round("round", w.vector(), many, w.bytes)
	if w.bytes > bytes(1) {
		round("roundHalf", YMM(), many.AsY(), bytes(1))
	}
	Store(step, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// whileLeft runs body while there are so many values left.
func whileLeft(label string, left GPVirtual, values int, body func()) {
	Label(label)
	CMPQ(left, U32(values))
	JLT(LabelRef(label + "Done"))
	body()
	SUBQ(U32(values), left)
	JMP(LabelRef(label))
	Label(label + "Done")
}

// largest returns the largest magnitude of x, in every place of a register.
func largest(w *width) VecVirtual {
	x, left, peaks := base("x"), length("x"), w.vectors(atOnce)
	for _, p := range peaks {
		VXORPS(p.AsX(), p.AsX(), p.AsX())
	}
	whileLeft("peaks", left, atOnce*w.bytes/4, func() {
		for i, p := range peaks {
			w.larger(Mem{Base: x}.Offset(i*w.bytes), p)
		}
		ADDQ(U32(atOnce*w.bytes), x)
	})
	for _, p := range peaks[1:] {
		VMAXPS(p, peaks[0], peaks[0])
	}
	peak := YMM()
	VMOVAPS(peaks[0].AsY(), peak)
	if w.bytes > bytes(1) {
		upper := YMM()
		VEXTRACTF32X8(Imm(1), peaks[0], upper)
		VMAXPS(upper, peak, peak)
	}
	whileLeft("peak", left, lanes, func() {
		v := YMM()
		VMOVUPS(Mem{Base: x}, v)
		VANDPS(constant("magnitude", values["magnitude"]), v, v)
		VMAXPS(v, peak, peak)
		ADDQ(Imm(uint64(bytes(1))), x)
	})
	top, other := XMM(), XMM()
	VEXTRACTF128(Imm(1), peak, top)
	VMAXPS(peak.AsX(), top, top)
	VPSHUFD(Imm(0b01_00_11_10), top, other)
	VMAXPS(other, top, top)
	VPSHUFD(Imm(0b10_11_00_01), top, other)
	VMAXPS(other, top, top)
	return top
}

// steps returns 32767/peak and peak/32767, or twice 0 for silence.
func steps(peak VecVirtual) (factor, step VecVirtual) {
	factor, step = XMM(), XMM()
	VXORPS(factor, factor, factor)
	VMOVAPS(factor, step)
	VUCOMISS(constant("denormalGuard", values["denormalGuard"]), peak)
	JB(LabelRef("scaled"))
	VMOVSS(float("largest", 32767), step)
	VDIVSS(peak, step, factor)
	VDIVSS(step, peak, step)
	Label("scaled")
	return factor, step
}
