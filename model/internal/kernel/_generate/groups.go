package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// groups writes the product of one row with many small matrices of 8-bit weights, by 16
// columns.
func groups() {
	function("groupsAVX2", "func(y []float32, a []int16, step float32, w []int8, steps []float32, k, n int)",
		"groupsAVX2 is groupsGo:", "",
		"\ty[c*n+j] = sum over i<k of a[c*k+i]*step * w[c*k*n+i/2*2*n+2*j+i%2]*steps[c*n+j]", "",
		"for len(y)/n groups c and j < n. k is even, n a multiple of 16.")
	g := &grouped{y: base("y"), a: base("a"), w: base("w"), steps: base("steps"), pair: parameter("n"), factor: YMM()}
	SHLQ(Imm(1), g.pair) // bytes of a pair of rows
	VBROADCASTSS(address("step"), g.factor)
	left := length("y")
	Label("group")
	TESTQ(left, left)
	JZ(LabelRef("end"))
	columns := parameter("n")
	SUBQ(columns, left)
	whileLeft("columns", columns, 2*lanes, g.block)
	// The weights of this group's first columns were passed, those of its other rows not:
	// from one pair of rows they go k/2 - 1 pairs further.
	rest, k := copyOf(g.pair), parameter("k")
	ADDQ(k, g.a)
	ADDQ(k, g.a)
	SHRQ(Imm(1), k)
	DECQ(k)
	IMULQ(k, rest)
	ADDQ(rest, g.w)
	JMP(LabelRef("group"))
	Label("end")
	VZEROUPPER()
	RET()
}

// grouped is what the code of 16 columns shares.
type grouped struct {
	y, a, w, steps GPVirtual
	pair           GPVirtual // bytes from a pair of rows to the next
	factor         VecVirtual
}

// block does 16 columns of a group, and moves on to the next.
func (g *grouped) block() {
	a, w, pairs := copyOf(g.a), copyOf(g.w), parameter("k")
	SHRQ(Imm(1), pairs)
	sums := []VecVirtual{YMM(), YMM()}
	for _, sum := range sums {
		VPXOR(sum, sum, sum)
	}
	repeat("pairs", pairs, func() {
		inputs := YMM()
		VPBROADCASTD(Mem{Base: a}, inputs)
		for v, sum := range sums {
			weights := YMM()
			VPMOVSXBW(Mem{Base: w}.Offset(16*v), weights)
			VPMADDWD(inputs, weights, weights)
			VPADDD(weights, sum, sum)
		}
		ADDQ(Imm(4), a)
		ADDQ(g.pair, w)
	})
	for v, sum := range sums {
		scale := YMM()
		VMULPS(Mem{Base: g.steps}.Offset(bytes(v)), g.factor, scale)
		VCVTDQ2PS(sum, sum)
		VMULPS(scale, sum, sum)
		VMOVUPS(sum, Mem{Base: g.y}.Offset(bytes(v)))
	}
	ADDQ(U32(bytes(2)), g.y)
	ADDQ(U32(bytes(2)), g.steps)
	ADDQ(Imm(2*16), g.w)
}
