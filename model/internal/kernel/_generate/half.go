package main

import (
	"fmt"
	"slices"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const halfDoc = `is halfGo:

	for j := range y {
		sum := b[j]
		for i, x := range values {
			sum += x * FromHalf(w[j/64*ldp+int(rows[i])*64+j%64])
		}
		y[j] = sum
	}

by panels of 64 columns, whose sums stay in registers. `

const (
	panelColumns = 64
	rowShift     = 7 // a panel's row of 64 16-bit floats has 128 bytes
)

// half writes both products of one row and weights of 16 bits. Where a panel
// takes only four registers, every other row goes to sums of its own: two units
// that take four cycles want eight sums under way.
func half() {
	halfProduct("halfAVX2", lanes, 1, YMM)
	halfProduct("halfAVX512", 2*lanes, 2, ZMM)
}

func halfProduct(name string, width, unroll int, vector func() VecVirtual) {
	function(name, "func(y, values []float32, rows []int32, w []uint16, ldp int, b []float32)", name+" "+halfDoc+"len(y) is a multiple of 64.")
	y, w, b := base("y"), base("w"), base("b")
	ldp, panels := parameter("ldp"), length("y")
	SHLQ(Imm(1), ldp)
	SHRQ(Imm(6), panels)
	JZ(LabelRef("end"))
	Label("panel")
	sums := halfSums(b, width, unroll, vector)
	values, rows := base("values"), base("rows")
	row := func(u int) {
		factor, at := vector(), GP64()
		VBROADCASTSS(Mem{Base: values}.Offset(4*u), factor)
		MOVLQSX(Mem{Base: rows}.Offset(4*u), at)
		SHLQ(Imm(rowShift), at)
		for v, sum := range sums[u] {
			weights := vector()
			VCVTPH2PS(Mem{Base: w, Index: at, Scale: 1}.Offset(2*width*v), weights)
			VFMADD231PS(weights, factor, sum)
		}
	}
	count := length("values")
	for _, u := range slices.Compact([]int{unroll, 1}) { // as many at once as there are, then the rest
		label := fmt.Sprintf("rows%d", u)
		Label(label)
		CMPQ(count, Imm(uint64(u)))
		JLT(LabelRef(label + "Done"))
		for i := range u {
			row(i)
		}
		ADDQ(Imm(uint64(4*u)), values)
		ADDQ(Imm(uint64(4*u)), rows)
		SUBQ(Imm(uint64(u)), count)
		JMP(LabelRef(label))
		Label(label + "Done")
	}
	for v, sum := range sums[0] {
		for _, others := range sums[1:] {
			VADDPS(others[v], sum, sum)
		}
		VMOVUPS(sum, Mem{Base: y}.Offset(4*width*v))
	}
	ADDQ(ldp, w)
	ADDQ(U32(4*panelColumns), y)
	ADDQ(U32(4*panelColumns), b)
	DECQ(panels)
	JNZ(LabelRef("panel"))
	Label("end")
	VZEROUPPER()
	RET()
}

// halfSums starts the sums of a panel: the first row of them from b, the others
// from 0.
func halfSums(b GPVirtual, width, unroll int, vector func() VecVirtual) [][]VecVirtual {
	sums := make([][]VecVirtual, unroll)
	for u := range sums {
		for v := range panelColumns / width {
			sum := vector()
			if u == 0 {
				VMOVUPS(Mem{Base: b}.Offset(4*width*v), sum)
			} else {
				VXORPS(sum.AsX(), sum.AsX(), sum.AsX())
			}
			sums[u] = append(sums[u], sum)
		}
	}
	return sums
}
