package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const productSignature = "func(y []float32, ldy int, a []float32, lda int, w []float32, ldw int, b []float32, ldb int, rows, " +
	"k, n int)"

const productDoc = `is productGo:

	for r := range rows {
		for j := range n {
			sum := b[r*ldb+j]
			for i := range k {
				sum += a[r*lda+i] * w[i*ldw+j]
			}
			y[r*ldy+j] = sum
		}
	}

by blocks of rows and columns whose sums stay in registers. rows > 0, n a
multiple of 8.`

// panel is what the code of one block of columns shares.
type panel struct {
	name     string
	column   GPVirtual // byte offset of the block's first column
	lda, ldw GPVirtual // in bytes
	y, b, a  GPVirtual // first row left to do
	w        GPVirtual // first row of the weights
	mask     Register  // of the last vector, for AVX-512
}

// newPanel loads what stays the same while a block's rows go by.
func newPanel(name string, column, lda, ldw GPVirtual) *panel {
	p := &panel{name: name, column: column, lda: lda, ldw: ldw}
	p.y, p.b, p.a, p.w = base("y"), base("b"), base("a"), base("w")
	for _, r := range []GPVirtual{p.y, p.b, p.w} {
		ADDQ(column, r)
	}
	return p
}

// sweep runs blocks of several rows while there are so many, and then single
// rows.
func (p *panel) sweep(rows int, block func(rows int)) {
	left := parameter("rows")
	if rows > 1 {
		Label(p.name + "Rows")
		CMPQ(left, Imm(uint64(rows)))
		JLT(LabelRef(p.name + "Single"))
		block(rows)
		SUBQ(Imm(uint64(rows)), left)
		JMP(LabelRef(p.name + "Rows"))
	}
	Label(p.name + "Single")
	TESTQ(left, left)
	JZ(LabelRef(p.name + "Done"))
	block(1)
	DECQ(left)
	JMP(LabelRef(p.name + "Single"))
	Label(p.name + "Done")
}

// rowPointers returns the operands of up to 8 rows with the given stride, and
// the registers to advance.
func rowPointers(a, stride GPVirtual, rows int) (operands []Mem, advance []GPVirtual) {
	p0 := copyOf(a)
	at := func(p GPVirtual, index Register, scale uint8) Mem { return Mem{Base: p, Index: index, Scale: scale} }
	if rows == 1 {
		return []Mem{{Base: p0}}, []GPVirtual{p0}
	}
	triple := GP64()
	LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, triple)
	if rows <= 5 {
		operands = []Mem{{Base: p0}, at(p0, stride, 1), at(p0, stride, 2), at(p0, triple, 1), at(p0, stride, 4)}
		return operands[:rows], []GPVirtual{p0}
	}
	p5 := GP64()
	LEAQ(Mem{Base: p0, Index: stride, Scale: 4}, p5)
	ADDQ(stride, p5)
	operands = []Mem{
		{Base: p0}, at(p0, stride, 1), at(p0, stride, 2), at(p0, triple, 1), at(p0, stride, 4),
		{Base: p5}, at(p0, triple, 2), at(p5, stride, 2),
	}
	return operands[:rows], []GPVirtual{p0, p5}
}

// eachStride visits rows that lie a stride apart, and leaves p behind the last.
func eachStride(p GPVirtual, strideName string, rows int, visit func(row int, at Mem)) {
	s := stride(strideName)
	for r := range rows {
		visit(r, Mem{Base: p})
		ADDQ(s, p)
	}
}

// overK runs body for each of the k products of the sums.
func (p *panel) overK(label string, advance []GPVirtual, w GPVirtual, body func()) {
	repeat(label+"K", parameter("k"), func() {
		body()
		for _, a := range advance {
			ADDQ(Imm(4), a)
		}
		ADDQ(p.ldw, w)
	})
}

// nextRows moves a by the rows done; y and b have moved already.
func (p *panel) nextRows(rows int) {
	for range rows {
		ADDQ(p.lda, p.a)
	}
}

// block256 does rows x (8*vectors) sums in 256-bit registers.
func (p *panel) block256(rows, vectors int) {
	label := fmt.Sprintf("%s%dx%d", p.name, rows, vectors)
	sums := make([][]VecVirtual, rows)
	eachStride(p.b, "ldb", rows, func(r int, at Mem) {
		for v := range vectors {
			sums[r] = append(sums[r], YMM())
			VMOVUPS(at.Offset(bytes(v)), sums[r][v])
		}
	})
	a, advance := rowPointers(p.a, p.lda, rows)
	w := copyOf(p.w)
	p.overK(label, advance, w, func() {
		if rows == 1 {
			factor := YMM()
			VBROADCASTSS(a[0], factor)
			for v := range vectors {
				VFMADD231PS(Mem{Base: w}.Offset(bytes(v)), factor, sums[0][v])
			}
			return
		}
		weights := make([]VecVirtual, vectors)
		for v := range weights {
			weights[v] = YMM()
			VMOVUPS(Mem{Base: w}.Offset(bytes(v)), weights[v])
		}
		for r := range rows {
			factor := YMM()
			VBROADCASTSS(a[r], factor)
			for v := range vectors {
				VFMADD231PS(weights[v], factor, sums[r][v])
			}
		}
	})
	eachStride(p.y, "ldy", rows, func(r int, at Mem) {
		for v := range vectors {
			VMOVUPS(sums[r][v], at.Offset(bytes(v)))
		}
	})
	p.nextRows(rows)
}

// product256 is the product by AVX2 and FMA. Two units that take four cycles
// want eight sums under way: blocks of 4 rows by 24 or 16 columns, or 8 by 8,
// and for a single row 64 columns.
func product256() {
	function("productAVX2", productSignature, "productAVX2 "+productDoc)
	column := GP64()
	XORQ(column, column)
	lda, ldw := stride("lda"), stride("ldw")
	blocks := []struct{ rows, vectors int }{{1, 8}, {4, 3}, {4, 2}, {8, 1}}

	Label("columns")
	left := parameter("n")
	done := copyOf(column)
	SHRQ(Imm(2), done)
	SUBQ(done, left)
	JZ(LabelRef("end"))
	rows := parameter("rows")
	CMPQ(rows, Imm(1))
	JNE(LabelRef("many"))
	CMPQ(left, Imm(64))
	JGE(LabelRef("panel8"))
	Label("many")
	// 24 where that leaves whole blocks of 24 or 16, else 16, else 8.
	CMPQ(left, Imm(24))
	JEQ(LabelRef("panel3"))
	CMPQ(left, Imm(48))
	JGE(LabelRef("panel3"))
	CMPQ(left, Imm(16))
	JGE(LabelRef("panel2"))
	JMP(LabelRef("panel1"))

	for _, b := range blocks {
		name := fmt.Sprintf("panel%d", b.vectors)
		Label(name)
		p := newPanel(name, column, lda, ldw)
		p.sweep(b.rows, func(rows int) { p.block256(rows, b.vectors) })
		ADDQ(U32(bytes(b.vectors)), column)
		JMP(LabelRef("columns"))
	}
	Label("end")
	VZEROUPPER()
	RET()
}
