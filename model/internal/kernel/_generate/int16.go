package main

import (
	"fmt"
	"math/bits"
	"slices"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const int16Signature = "func(y []float32, ldy int, a []int16, lda int, step float32, w []int16, steps []float32, b []float32, " +
	"ldb int, rows, k, n int)"

const int16Doc = `is int16Go:

	for r := range rows {
		for j := range n {
			sum := int32(0)
			for i := range k {
				sum += int32(a[r*lda+i]) * int32(w[i/2*2*n+2*j+i%2])
			}
			y[r*ldy+j] = b[r*ldb+j] + float32(sum)*(step*steps[j])
		}
	}

by blocks of rows and columns whose sums stay in registers. rows > 0, k even, n
a multiple of 8.`

// int16Block is one block of rows and columns. Two inputs and the weights that
// they meet fill 32 bits, so that weights and sums lie as those of a product of
// float32 of half as many inputs.
type int16Block struct {
	*panel
	vectors []part // the columns
	unroll  int    // pairs of inputs in one turn of the loop
	add     func(weights, pair, sum VecVirtual)
}

// part is one register's columns of a block.
type part struct {
	offset int // in bytes
	vector func() VecVirtual
}

// parts are count registers side by side.
func parts(count, size int, vector func() VecVirtual) []part {
	var all []part
	for i := range count {
		all = append(all, part{size * i, vector})
	}
	return all
}

// rows writes the code for so many rows.
func (q int16Block) rows(rows int) {
	label := fmt.Sprintf("%s%dx%d", q.name, rows, len(q.vectors))
	sums := make([][]VecVirtual, rows)
	none := q.vectors[0].vector()
	VPXOR(none.AsX(), none.AsX(), none.AsX())
	for r := range sums {
		for _, v := range q.vectors {
			sum := v.vector()
			VMOVAPS(none, sum)
			sums[r] = append(sums[r], sum)
		}
	}
	q.overPairs(label, sums)
	q.store(sums)
	q.nextRows(rows)
}

// overPairs adds the products of all pairs of inputs: as many in one turn as unroll, a
// power of 2, says, then the rest.
func (q int16Block) overPairs(label string, sums [][]VecVirtual) {
	a, advance := rowPointers(q.a, q.lda, len(sums))
	w := copyOf(q.w)
	for _, n := range slices.Compact([]int{q.unroll, 1}) {
		turns := parameter("k")
		if n == q.unroll { // k/2 pairs, n at a time: k/(2n)
			SHRQ(Imm(uint64(bits.Len(uint(n)))), turns)
		} else {
			SHRQ(Imm(1), turns)
			ANDQ(Imm(uint64(q.unroll-1)), turns)
		}
		repeat(fmt.Sprintf("%sPairs%d", label, n), turns, func() {
			for p := range n {
				q.addPair(w, a, p, sums)
			}
			for _, p := range advance {
				ADDQ(Imm(uint64(4*n)), p)
			}
		})
	}
}

// addPair adds the products of the inputs that lie at pairs behind a, and moves w on.
func (q int16Block) addPair(w GPVirtual, a []Mem, at int, sums [][]VecVirtual) {
	weights := make([]VecVirtual, len(q.vectors))
	for i, v := range q.vectors {
		weights[i] = v.vector()
		VMOVUPS(Mem{Base: w}.Offset(v.offset), weights[i])
	}
	ADDQ(q.ldw, w)
	for r := range sums {
		pair := q.vectors[0].vector()
		VBROADCASTSS(a[r].Offset(4*at), pair)
		for i, sum := range sums[r] {
			q.add(weights[i], pair, sum)
		}
	}
}

// store writes b + sum * step * steps.
func (q int16Block) store(sums [][]VecVirtual) {
	steps := base("steps")
	ADDQ(q.column, steps)
	factor := make([]VecVirtual, len(q.vectors))
	for i, v := range q.vectors {
		factor[i] = v.vector()
		VBROADCASTSS(address("step"), factor[i])
		VMULPS(Mem{Base: steps}.Offset(v.offset), factor[i], factor[i])
	}
	eachStride(q.b, "ldb", len(sums), func(r int, at Mem) {
		for i, v := range q.vectors {
			start := v.vector()
			VMOVUPS(at.Offset(v.offset), start)
			VCVTDQ2PS(sums[r][i], sums[r][i])
			VFMADD213PS(start, factor[i], sums[r][i])
		}
	})
	eachStride(q.y, "ldy", len(sums), func(r int, at Mem) {
		for i, v := range q.vectors {
			VMOVUPS(sums[r][i], at.Offset(v.offset))
		}
	})
}

// int16by256 is the product of 16-bit integers by AVX2: blocks of 4 rows by 16
// columns, or 8 by 8.
func int16by256() {
	function("int16AVX2", int16Signature, "int16AVX2 "+int16Doc)
	int16Columns([]int16Choice{{16, 4, parts(2, 32, YMM)}, {8, 8, parts(1, 32, YMM)}},
		4, func(weights, pair, sum VecVirtual) {
			products := YMM()
			VPMADDWD(weights, pair, products)
			VPADDD(products, sum, sum)
		})
}

// int16by512 is the same by AVX-512 VNNI: blocks of 8 rows by 48, 32 or 16
// columns.
func int16by512() {
	function("int16VNNI", int16Signature, "int16VNNI "+int16Doc)
	int16Columns([]int16Choice{
		{48, 8, parts(3, 64, ZMM)}, {32, 8, parts(2, 64, ZMM)}, {16, 8, parts(1, 64, ZMM)}, {8, 8, parts(1, 32, YMM)},
	}, 1, func(weights, pair, sum VecVirtual) { VPDPWSSD(weights, pair, sum) })
}

// int16Choice is a width of blocks, and how many rows they have.
type int16Choice struct {
	columns, rows int
	vectors       []part
}

// int16Columns does block after block of columns, each as wide as still fits.
func int16Columns(choices []int16Choice, unroll int, add func(weights, pair, sum VecVirtual)) {
	column, ldw := GP64(), stride("n")
	XORQ(column, column)
	lda := parameter("lda")
	SHLQ(Imm(1), lda)
	name := func(c int16Choice) string { return fmt.Sprintf("columns%d", c.columns) }

	Label("columns")
	left := stride("n")
	SUBQ(column, left)
	for _, c := range choices {
		CMPQ(left, U32(4*c.columns))
		JGE(LabelRef(name(c)))
	}
	VZEROUPPER()
	RET()
	for _, c := range choices {
		Label(name(c))
		q := int16Block{newPanel(name(c), column, lda, ldw), c.vectors, unroll, add}
		q.sweep(c.rows, q.rows)
		ADDQ(U32(4*c.columns), column)
		JMP(LabelRef("columns"))
	}
}
