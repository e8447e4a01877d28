package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const int8Doc = `is int8Go:

	for c := range 32 {
		words, upper := int32(0), int32(0)
		for i, v := range values {
			pair := w[int(rows[i])*128+4*c:] // words of two rows
			words += int32(int16(v))*word(pair) + v>>16*word(pair[2:])
			upper += int32(int16(v))*int32(pair[1]) + v>>16*int32(pair[3])
		}
		y[c] = b[c] + float32(upper)*(step*steps[c])
		y[c+32] = b[c+32] + float32(words-256*upper-turned)*(step*steps[c+32])
	}

and so for each panel of 64 columns, whose sums stay in registers. `

const (
	panelColumns = 64
	pairShift    = 7 // a panel's pair of rows of 64 bytes
)

// int8Products writes both products of one row and weights of 8 bits, two pairs in a turn of the
// loop. Where a panel takes only four registers, every other pair goes to sums of its own: a unit
// that takes five cycles wants so many sums under way.
func int8Products() {
	(&int8Product{
		width: lanes, ownSums: 1, vector: YMM,
		add: func(weights Op, pair, sum VecVirtual) {
			product := YMM()
			VPMADDWD(weights, pair, product)
			VPADDD(product, sum, sum)
		},
	}).write("int8AVX2")
	(&int8Product{
		width: 2 * lanes, ownSums: 2, vector: ZMM,
		add: func(weights Op, pair, sum VecVirtual) { VPDPWSSD(weights, pair, sum) },
	}).write("int8VNNI")
}

// int8Product is a product for registers of one size.
type int8Product struct {
	width, ownSums int // lanes of a register, and sets of sums
	vector         func() VecVirtual
	add            func(weights Op, pair, sum VecVirtual) // sum += products of words, two by two

	values, rows, w GPVirtual
	sums            [][2][]VecVirtual // of words and of their upper bytes, by set
}

func (p *int8Product) write(name string) {
	function(name, "func(y []float32, values []int32, rows []int32, step float32, w []int8, steps []float32, ldp int, b "+
		"[]float32, turned int32)",
		name+" "+int8Doc+"len(y) is a multiple of 64.")
	y, b, steps := base("y"), base("b"), base("steps")
	p.w = base("w")
	panels := length("y")
	SHRQ(Imm(6), panels)
	JZ(LabelRef("end"))
	step, turned := p.vector(), p.vector()
	VBROADCASTSS(address("step"), step)
	VBROADCASTSS(address("turned"), turned)
	Label("panel")
	p.start()
	p.values, p.rows = base("values"), base("rows")
	count := length("values")
	for _, u := range []int{2, 1} { // two at once, then one that may be left
		label := fmt.Sprintf("pairs%d", u)
		Label(label)
		CMPQ(count, Imm(uint64(u)))
		JLT(LabelRef(label + "Done"))
		for i := range u {
			p.pair(i)
		}
		ADDQ(Imm(uint64(4*u)), p.values)
		ADDQ(Imm(uint64(4*u)), p.rows)
		SUBQ(Imm(uint64(u)), count)
		JMP(LabelRef(label))
		Label(label + "Done")
	}
	for column, sum := range p.finish(turned) {
		factor, start, offset := p.vector(), p.vector(), 4*column*p.width
		VMULPS(Mem{Base: steps}.Offset(offset), step, factor)
		VMOVUPS(Mem{Base: b}.Offset(offset), start)
		VCVTDQ2PS(sum, sum)
		VFMADD213PS(start, factor, sum)
		VMOVUPS(sum, Mem{Base: y}.Offset(offset))
	}
	ADDQ(parameter("ldp"), p.w)
	for _, pointer := range []GPVirtual{y, b, steps} {
		ADDQ(U32(4*panelColumns), pointer)
	}
	DECQ(panels)
	JNZ(LabelRef("panel"))
	Label("end")
	VZEROUPPER()
	RET()
}

// start has the sums of a panel begin at 0.
func (p *int8Product) start() {
	p.sums = make([][2][]VecVirtual, p.ownSums)
	for u := range p.sums {
		for part := range p.sums[u] {
			for range panelColumns / 2 / p.width {
				sum := p.vector()
				VPXOR(sum.AsX(), sum.AsX(), sum.AsX())
				p.sums[u][part] = append(p.sums[u][part], sum)
			}
		}
	}
}

// pair adds the products of the u-th pair from here.
func (p *int8Product) pair(u int) {
	pair, at := p.vector(), GP64()
	VBROADCASTSS(Mem{Base: p.values}.Offset(4*u), pair)
	MOVLQSX(Mem{Base: p.rows}.Offset(4*u), at)
	SHLQ(Imm(pairShift), at)
	sums := p.sums[u%p.ownSums]
	for v := range sums[0] {
		weights := Mem{Base: p.w, Index: at, Scale: 1}.Offset(4 * p.width * v)
		upper := p.vector()
		VMOVUPS(weights, upper)
		p.add(upper, pair, sums[0][v])
		VPSRAW(Imm(8), upper, upper)
		p.add(upper, pair, sums[1][v])
	}
}

// finish makes the sums of words those of the second half of the columns, and returns all in the
// order of the columns.
func (p *int8Product) finish(turned VecVirtual) []VecVirtual {
	words, upper := p.sums[0][0], p.sums[0][1]
	for v := range words {
		for _, others := range p.sums[1:] {
			VPADDD(others[0][v], words[v], words[v])
			VPADDD(others[1][v], upper[v], upper[v])
		}
		scaled := p.vector()
		VPSLLD(Imm(8), upper[v], scaled)
		VPSUBD(scaled, words[v], words[v])
		VPSUBD(turned, words[v], words[v])
	}
	return append(upper[:len(upper):len(upper)], words...)
}
