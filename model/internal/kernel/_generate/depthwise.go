package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// depthwise writes the convolution of each channel by itself, and the scaled sum.
func depthwise() {
	function("depthwiseAVX2", "func(y []float32, ldy int, x []float32, ldx int, w []float32, rows, taps, n int)",
		"depthwiseAVX2 is depthwiseGo:", "",
		"\ty[r*ldy+i] = sum over j<taps of w[j*n+i] * x[r*ldx+j*n+i]", "",
		"for r < rows and i < n, by blocks of 64 columns and then 8. n is a multiple of 8.")
	d := &channels{y: base("y"), x: base("x"), w: base("w"), n: stride("n")}
	left := parameter("n")
	for _, vectors := range []int{8, 1} {
		label := fmt.Sprintf("columns%d", lanes*vectors)
		whileLeft(label, left, lanes*vectors, func() { d.block(label, vectors) })
	}
	VZEROUPPER()
	RET()

	function("addScaledReluAVX2", "func(y, x, w, b []float32)",
		"addScaledReluAVX2 is addScaledReluGo:", "",
		"\ty[r*n+i] += max(x[r*n+i]*w[i]+b[i], 0)", "",
		"for as many rows of n = len(w) as y has. n is a multiple of 8.")
	scaled()
}

// channels is what the code of one block of columns shares.
type channels struct{ y, x, w, n GPVirtual }

// block does all rows of so many registers' columns, and moves on.
func (d *channels) block(label string, vectors int) {
	y, x, rows := copyOf(d.y), copyOf(d.x), parameter("rows")
	repeat(label+"Rows", rows, func() {
		from, w, taps, sums := copyOf(x), copyOf(d.w), parameter("taps"), make([]VecVirtual, vectors)
		for v := range sums {
			sums[v] = YMM()
			VXORPS(sums[v], sums[v], sums[v])
		}
		repeat(label+"Taps", taps, func() {
			for v, sum := range sums {
				factor := YMM()
				VMOVUPS(Mem{Base: w}.Offset(bytes(v)), factor)
				VFMADD231PS(Mem{Base: from}.Offset(bytes(v)), factor, sum)
			}
			ADDQ(d.n, from)
			ADDQ(d.n, w)
		})
		for v, sum := range sums {
			VMOVUPS(sum, Mem{Base: y}.Offset(bytes(v)))
		}
		ADDQ(stride("ldy"), y)
		ADDQ(stride("ldx"), x)
	})
	for _, p := range []GPVirtual{d.y, d.x, d.w} {
		ADDQ(U32(bytes(vectors)), p)
	}
}

// scaled goes along the rows, a register at a time.
func scaled() {
	y, x, left, n, zero := base("y"), base("x"), length("y"), length("w"), YMM()
	VXORPS(zero, zero, zero)
	Label("rows")
	TESTQ(left, left)
	JZ(LabelRef("rowsDone"))
	w, b, columns := base("w"), base("b"), copyOf(n)
	whileLeft("columns", columns, lanes, func() {
		v := YMM()
		VMOVUPS(Mem{Base: x}, v)
		factor := YMM()
		VMOVUPS(Mem{Base: w}, factor)
		VFMADD213PS(Mem{Base: b}, factor, v)
		VMAXPS(zero, v, v)
		VADDPS(Mem{Base: y}, v, v)
		VMOVUPS(v, Mem{Base: y})
		for _, p := range []GPVirtual{y, x, w, b} {
			ADDQ(U32(bytes(1)), p)
		}
	})
	SUBQ(n, left)
	JMP(LabelRef("rows"))
	Label("rowsDone")
	VZEROUPPER()
	RET()
}
