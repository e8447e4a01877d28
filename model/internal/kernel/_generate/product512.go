package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// block512 does rows x (16*vectors) sums in 512-bit registers, the last vector
// of a row under the mask.
func (p *panel) block512(rows, vectors int) {
	label := fmt.Sprintf("%s%dx%d", p.name, rows, vectors)
	last := vectors - 1
	load := func(from Mem, v int, to VecVirtual) {
		if v == last {
			VMOVUPS_Z(from.Offset(64*v), p.mask, to)
		} else {
			VMOVUPS(from.Offset(64*v), to)
		}
	}
	sums := make([][]VecVirtual, rows)
	eachStride(p.b, "ldb", rows, func(r int, at Mem) {
		for v := range vectors {
			sums[r] = append(sums[r], ZMM())
			load(at, v, sums[r][v])
		}
	})
	a, advance := rowPointers(p.a, p.lda, rows)
	w := copyOf(p.w)
	p.overK(label, advance, w, func() {
		weights := make([]VecVirtual, vectors)
		for v := range weights {
			weights[v] = ZMM()
			load(Mem{Base: w}, v, weights[v])
		}
		for r := range rows {
			if vectors == 1 {
				VFMADD231PS_BCST(a[r], weights[0], sums[r][0])
				continue
			}
			factor := ZMM()
			VBROADCASTSS(a[r], factor)
			for v := range vectors {
				VFMADD231PS(weights[v], factor, sums[r][v])
			}
		}
	})
	eachStride(p.y, "ldy", rows, func(r int, at Mem) {
		for v := range vectors {
			if v == last {
				VMOVUPS(sums[r][v], p.mask, at.Offset(64*v))
			} else {
				VMOVUPS(sums[r][v], at.Offset(64*v))
			}
		}
	})
	p.nextRows(rows)
}

// product512 is the product by AVX-512: blocks of 8 rows by 48, 32, 24 or 16
// columns, and for a single row 128 columns, the rest under a mask.
func product512() {
	function("productAVX512", productSignature, "productAVX512 "+productDoc)
	column, mask := GP64(), K()
	XORQ(column, column)
	lda, ldw := stride("lda"), stride("ldw")

	Label("columns")
	left := parameter("n")
	done := copyOf(column)
	SHRQ(Imm(2), done)
	SUBQ(done, left)
	JLE(LabelRef("end")) // the last block may have gone past n under its mask
	// A mask of 16 columns, or of 8 where no more are left in the last vector.
	bits := GP32()
	MOVL(U32(0xffff), bits)
	KMOVW(bits, mask)
	rows := parameter("rows")
	CMPQ(rows, Imm(1))
	JNE(LabelRef("many"))
	CMPQ(left, U32(128))
	JGE(LabelRef("panel8"))
	Label("many")
	CMPQ(left, Imm(24))
	JEQ(LabelRef("panel24"))
	CMPQ(left, Imm(48))
	JGE(LabelRef("panel3"))
	// Less than 48: all of it in one block. n is a multiple of 8, so the last
	// vector is either full or half.
	TESTQ(U32(8), left)
	JZ(LabelRef("full"))
	MOVL(U32(0xff), bits)
	KMOVW(bits, mask)
	Label("full")
	CMPQ(left, Imm(32))
	JGT(LabelRef("panel3"))
	CMPQ(left, Imm(16))
	JGT(LabelRef("panel2"))
	JMP(LabelRef("panel1"))

	for _, b := range []struct{ rows, vectors int }{{1, 8}, {8, 3}, {8, 2}, {8, 1}} {
		name := fmt.Sprintf("panel%d", b.vectors)
		Label(name)
		p := newPanel(name, column, lda, ldw)
		p.mask = mask
		p.sweep(b.rows, func(rows int) { p.block512(rows, b.vectors) })
		ADDQ(U32(64*b.vectors), column)
		JMP(LabelRef("columns"))
	}
	Label("panel24")
	p := newPanel("panel24", column, lda, ldw)
	p.sweep(8, p.block24)
	Label("end")
	VZEROUPPER()
	RET()
}

// block24 does rows x 24 sums, of a row 16 in a register and 8 in half of one:
// processors that take the halves of 512 bits one after the other would do the half
// under a mask as well.
func (p *panel) block24(rows int) {
	label := fmt.Sprintf("%s%d", p.name, rows)
	sums := make([][2]VecVirtual, rows)
	eachStride(p.b, "ldb", rows, func(r int, at Mem) {
		sums[r] = [2]VecVirtual{ZMM(), YMM()}
		VMOVUPS(at, sums[r][0])
		VMOVUPS(at.Offset(64), sums[r][1])
	})
	a, advance := rowPointers(p.a, p.lda, rows)
	w := copyOf(p.w)
	p.overK(label, advance, w, func() {
		whole, half := ZMM(), YMM()
		VMOVUPS(Mem{Base: w}, whole)
		VMOVUPS(Mem{Base: w}.Offset(64), half)
		for r := range rows {
			factor := ZMM()
			VBROADCASTSS(a[r], factor)
			VFMADD231PS(whole, factor, sums[r][0])
			VFMADD231PS(half, factor.AsY(), sums[r][1])
		}
	})
	eachStride(p.y, "ldy", rows, func(r int, at Mem) {
		VMOVUPS(sums[r][0], at)
		VMOVUPS(sums[r][1], at.Offset(64))
	})
	p.nextRows(rows)
}

var _ Register // the masks' type
