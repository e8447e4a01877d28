package main

import (
	"fmt"
	"slices"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const int8Doc = `is int8Go:

	for j := range y {
		sum := int32(0)
		for i, v := range values {
			pair := w[j/64*ldp+int(rows[i])*2*64+j%64*2:]
			sum += int32(int16(v))*int32(pair[0]) + v>>16*int32(pair[1])
		}
		y[j] = b[j] + float32(sum)*(step*steps[j])
	}

by panels of 64 columns, whose sums stay in registers. `

const (
	panelColumns = 64
	pairShift    = 7 // a panel's pair of rows of 64 bytes
)

// int8Products writes both products of one row and weights of 8 bits. Where a panel
// takes only four registers, every other pair goes to sums of its own: a unit that
// takes five cycles wants so many sums under way.
func int8Products() {
	int8Product("int8AVX2", lanes, 1, YMM, func(weights, pair, sum VecVirtual) {
		VPMADDWD(weights, pair, weights)
		VPADDD(weights, sum, sum)
	})
	int8Product("int8VNNI", 2*lanes, 2, ZMM, func(weights, pair, sum VecVirtual) { VPDPWSSD(weights, pair, sum) })
}

func int8Product(name string, width, unroll int, vector func() VecVirtual, add func(weights, pair, sum VecVirtual)) {
	function(name, "func(y []float32, values []int32, rows []int32, step float32, w []int8, steps []float32, ldp int, b "+
		"[]float32)",
		name+" "+int8Doc+"len(y) is a multiple of 64.")
	y, w, b, steps := base("y"), base("w"), base("b"), base("steps")
	panels := length("y")
	SHRQ(Imm(6), panels)
	JZ(LabelRef("end"))
	step := vector()
	VBROADCASTSS(address("step"), step)
	Label("panel")
	sums := int8Sums(width, unroll, vector)
	values, rows := base("values"), base("rows")
	pairs := func(u int) {
		pair, at := vector(), GP64()
		VBROADCASTSS(Mem{Base: values}.Offset(4*u), pair)
		MOVLQSX(Mem{Base: rows}.Offset(4*u), at)
		SHLQ(Imm(pairShift), at)
		for v, sum := range sums[u] {
			weights := vector()
			VPMOVSXBW(Mem{Base: w, Index: at, Scale: 1}.Offset(2*width*v), weights)
			add(weights, pair, sum)
		}
	}
	count := length("values")
	for _, u := range slices.Compact([]int{unroll, 1}) { // as many at once as there are, then the rest
		label := fmt.Sprintf("pairs%d", u)
		Label(label)
		CMPQ(count, Imm(uint64(u)))
		JLT(LabelRef(label + "Done"))
		for i := range u {
			pairs(i)
		}
		ADDQ(Imm(uint64(4*u)), values)
		ADDQ(Imm(uint64(4*u)), rows)
		SUBQ(Imm(uint64(u)), count)
		JMP(LabelRef(label))
		Label(label + "Done")
	}
	for v, sum := range sums[0] {
		for _, others := range sums[1:] {
			VPADDD(others[v], sum, sum)
		}
		factor, start := vector(), vector()
		VMULPS(Mem{Base: steps}.Offset(4*width*v), step, factor)
		VMOVUPS(Mem{Base: b}.Offset(4*width*v), start)
		VCVTDQ2PS(sum, sum)
		VFMADD213PS(start, factor, sum)
		VMOVUPS(sum, Mem{Base: y}.Offset(4*width*v))
	}
	ADDQ(parameter("ldp"), w)
	for _, p := range []GPVirtual{y, b, steps} {
		ADDQ(U32(4*panelColumns), p)
	}
	DECQ(panels)
	JNZ(LabelRef("panel"))
	Label("end")
	VZEROUPPER()
	RET()
}

// int8Sums starts the sums of a panel from 0.
func int8Sums(width, unroll int, vector func() VecVirtual) [][]VecVirtual {
	sums := make([][]VecVirtual, unroll)
	for u := range sums {
		for range panelColumns / width {
			sum := vector()
			VPXOR(sum.AsX(), sum.AsX(), sum.AsX())
			sums[u] = append(sums[u], sum)
		}
	}
	return sums
}
