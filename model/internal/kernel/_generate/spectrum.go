package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// spectrum is what the features need.
func spectrum() {
	narrow().inPlace("log10AVX2", "y[i] = log10(y[i])", log10)
	cross()
	split()
}

// log10 makes x its logarithm, as log10Of does.
func log10(x VecVirtual) {
	d, e, m := YMM(), YMM(), YMM()
	rootHalf := constant("rootHalf", 0x3f3504f3)
	VMOVUPS(rootHalf, m)
	VPSUBD(m, x, d)
	VPSRAD(Imm(23), d, e) // the exponent
	t := YMM()
	VPSLLD(Imm(23), e, t)
	VPSUBD(t, d, d)
	VPADDD(m, d, m) // the mantissa, sqrt(1/2) to sqrt(2)
	one := YMM()
	VMOVUPS(constant("one", values["one"]), one)
	s, q, p := YMM(), YMM(), YMM()
	VSUBPS(one, m, s)
	VADDPS(one, m, m)
	VDIVPS(m, s, s)
	VMULPS(s, s, q)
	VMOVUPS(float("log9", 2.0/9), p)
	VFMADD213PS(float("log7", 2.0/7), q, p)
	VFMADD213PS(float("log5", 2.0/5), q, p)
	VFMADD213PS(float("log3", 2.0/3), q, p)
	VFMADD213PS(float("two", 2), q, p)
	VMULPS(float("log10E", math.Log10E), s, s)
	VMULPS(s, p, p)
	VCVTDQ2PS(e, e)
	VFMADD231PS(float("log10Of2", math.Ln2/math.Ln10), e, p)
	VMOVAPS(p, x)
}

func cross() {
	function("crossAVX2", "func(re, im, size, a, b, c, d []float32)",
		"crossAVX2 is crossGo:", "",
		"\tre[i], im[i] = a[i]*c[i]+b[i]*d[i], b[i]*c[i]-a[i]*d[i]",
		"\tsize[i] = sqrt(re[i]*re[i]+im[i]*im[i])", "",
		"for the whole vectors of 8 of re.")
	var p []GPVirtual
	step := map[GPVirtual]int{}
	for _, name := range []string{"re", "im", "size", "a", "b", "c", "d"} {
		r := base(name)
		p, step[r] = append(p, r), 32
	}
	forEachVector("loop", length("re"), step, p, func() {
		a, b, c, d := YMM(), YMM(), YMM(), YMM()
		for i, v := range []VecVirtual{a, b, c, d} {
			VMOVUPS(Mem{Base: p[3+i]}, v)
		}
		re, im := YMM(), YMM()
		VMULPS(b, d, re)
		VFMADD231PS(a, c, re)
		VMULPS(a, d, im)
		VFMSUB231PS(b, c, im)
		VMOVUPS(re, Mem{Base: p[0]})
		VMOVUPS(im, Mem{Base: p[1]})
		VMULPS(re, re, re)
		VFMADD231PS(im, im, re)
		VSQRTPS(re, re)
		VMOVUPS(re, Mem{Base: p[2]})
	})
	VZEROUPPER()
	RET()
}

func split() {
	function("splitAVX2", "func(re, im []float32, spec []complex64)",
		"splitAVX2 is splitGo: re[i], im[i] = real(spec[i]), imag(spec[i]), parts below",
		"Tiny as 0, for the whole vectors of 8 of re.")
	re, im, spec := base("re"), base("im"), base("spec")
	step := map[GPVirtual]int{re: 32, im: 32, spec: 64}
	forEachVector("loop", length("re"), step, []GPVirtual{re, im, spec}, func() {
		lo, hi := YMM(), YMM()
		// Halves so that the pairwise shuffle below leaves the order right.
		a, b := YMM(), YMM()
		VMOVUPS(Mem{Base: spec}, a)
		VMOVUPS(Mem{Base: spec}.Offset(32), b)
		VPERM2F128(Imm(0x20), b, a, lo) // bins 0 1 4 5
		VPERM2F128(Imm(0x31), b, a, hi) // bins 2 3 6 7
		for _, part := range []struct {
			pick uint8
			to   GPVirtual
		}{{0b10_00_10_00, re}, {0b11_01_11_01, im}} {
			x, size := YMM(), YMM()
			VSHUFPS(Imm(uint64(part.pick)), hi, lo, x)
			VANDPS(constant("magnitude", 1<<31-1), x, size)
			VCMPPS(Imm(13), float("tiny", 1e-9), size, size) // at least
			VANDPS(size, x, x)
			VMOVUPS(x, Mem{Base: part.to})
		}
	})
	VZEROUPPER()
	RET()
}
