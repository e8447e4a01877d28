package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// sixteen are the samples that the conversions of PCM take at a time: two registers
// of float32, one of integers.
const sixteen = 16

// pcm16 are the conversions of 16-bit samples.
func pcm16() {
	function("decodePCM16AVX2", "decodePCM16Go", "dst *float32, raw *byte, n int",
		"sixteen samples at a time; n is a multiple of sixteen, and above 0")
	dst, raw, n := pointer("dst"), pointer("raw"), pointer("n")
	step := load(number("stepPCM16", 1.0/(1<<15)))
	SHRQ(Imm(4), n)
	loop("decode", n, map[Register]int{dst: 4 * sixteen, raw: 2 * sixteen}, []Register{dst, raw}, func() {
		for i := range 2 {
			v := YMM()
			VPMOVSXWD(Mem{Base: raw}.Offset(2*width*i), v)
			VCVTDQ2PS(v, v)
			VMULPS(step, v, v)
			VMOVUPS(v, Mem{Base: dst}.Offset(4*width*i))
		}
	})
	VZEROUPPER()
	RET()

	function("encodePCM16AVX2", "encodePCM16Go", "raw *byte, src *float32, n int",
		"sixteen samples at a time, and stops before sixteen of which it would leave one out; n is a multiple of sixteen, and "+
			"above 0", "int")
	raw, src, n := pointer("raw"), pointer("src"), pointer("n")
	full, most, sign := load(number("fullPCM16", 1<<15)), load(number("mostPCM16", 1<<15-1)), load(constant("minusAll", minus,
		minus))
	left, odd := GP64(), GP32()
	MOVQ(n, left)
	Label("encode")
	values := [2]VecVirtual{YMM(), YMM()}
	beyond := [2]VecVirtual{YMM(), YMM()}
	for i, v := range values {
		VMULPS(Mem{Base: src}.Offset(4*width*i), full, v)
		VANDNPS(v, sign, beyond[i])
		VCMPPS(Imm(notLessEqual), most, beyond[i], beyond[i])
		VCVTPS2DQ(v, v)
	}
	VORPS(beyond[0], beyond[1], beyond[0])
	VMOVMSKPS(beyond[0], odd)
	TESTL(odd, odd)
	JNZ(LabelRef("stop"))
	VPACKSSDW(values[1], values[0], values[0])
	VPERMQ(Imm(0xd8), values[0], values[0]) // it packs each half by itself
	VMOVDQU(values[0], Mem{Base: raw})
	ADDQ(Imm(4*sixteen), src)
	ADDQ(Imm(2*sixteen), raw)
	SUBQ(Imm(sixteen), left)
	JNZ(LabelRef("encode"))
	Label("stop")
	SUBQ(left, n)
	VZEROUPPER()
	Store(n, ReturnIndex(0))
	RET()
}

// notLessEqual compares: above, or no number.
const notLessEqual = 6
