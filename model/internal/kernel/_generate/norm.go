package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// normer is what the code of several rows of a layer norm shares.
type normer struct {
	x, y, gain, bias GPVirtual
	c                GPVirtual // bytes of a row
	inverse          VecVirtual
}

// norm is the layer norm, four rows at a time: their sums are added up together,
// and they share a square root and a division.
func norm() {
	function("normAVX2", "func(y, x, gain, bias []float32, rows, c int)",
		"normAVX2 is normGo:", "",
		"\ty[row*c+i] = (x[row*c+i]-mean) / sqrt(variance+1e-5) * gain[i] + bias[i]", "",
		"with mean and variance over each row. c is a multiple of 8.")
	n := &normer{y: base("y"), x: base("x"), gain: base("gain"), bias: base("bias")}
	rows := parameter("rows")
	n.c = stride("c")

	// 1/c in all places.
	count, one, unit := parameter("c"), XMM(), YMM()
	n.inverse = YMM()
	VXORPS(one, one, one)
	VCVTSI2SSQ(count, one, one)
	VBROADCASTSS(one, n.inverse)
	VMOVUPS(constant("one", values["one"]), unit)
	VDIVPS(n.inverse, unit, n.inverse)

	Label("four")
	CMPQ(rows, Imm(4))
	JLT(LabelRef("single"))
	n.rows("four", 4)
	SUBQ(Imm(4), rows)
	JMP(LabelRef("four"))
	Label("single")
	TESTQ(rows, rows)
	JZ(LabelRef("end"))
	n.rows("single", 1)
	DECQ(rows)
	JMP(LabelRef("single"))
	Label("end")
	VZEROUPPER()
	RET()
}

// rows does four rows or one and moves on.
func (n *normer) rows(label string, rows int) {
	x := make([]GPVirtual, rows)
	means, scales := make([]VecVirtual, rows), make([]VecVirtual, rows)
	for r := range rows {
		x[r] = copyOf(n.x)
		ADDQ(n.c, n.x)
		means[r], scales[r] = YMM(), YMM()
		VXORPS(means[r], means[r], means[r])
		VXORPS(scales[r], scales[r], scales[r])
	}
	n.over(label+"Sum", func(i GPVirtual) {
		for r, mean := range means {
			VADDPS(Mem{Base: x[r], Index: i, Scale: 1}, mean, mean)
		}
	})
	mean := sumEach(means)
	VMULPS(n.inverse, mean, mean)
	spreadEach(mean, means)
	n.over(label+"Square", func(i GPVirtual) {
		for r, scale := range scales {
			d := YMM()
			VMOVUPS(Mem{Base: x[r], Index: i, Scale: 1}, d)
			VSUBPS(means[r], d, d)
			VFMADD231PS(d, d, scale)
		}
	})
	scale, unit := sumEach(scales), YMM()
	VMOVUPS(float("normFloor", 1e-5), unit)
	VFMADD213PS(unit, n.inverse, scale) // variance + floor
	VSQRTPS(scale, scale)
	VMOVUPS(constant("one", values["one"]), unit)
	VDIVPS(scale, unit, scale)
	spreadEach(scale, scales)
	toY := copyOf(n.y) // from a value of x to its place in y
	SUBQ(x[0], toY)
	n.over(label+"Write", func(i GPVirtual) {
		gain, bias, j := YMM(), YMM(), copyOf(i)
		ADDQ(toY, j)
		VMOVUPS(Mem{Base: n.gain, Index: i, Scale: 1}, gain)
		VMOVUPS(Mem{Base: n.bias, Index: i, Scale: 1}, bias)
		for r := range rows {
			d := YMM()
			VMOVUPS(Mem{Base: x[r], Index: i, Scale: 1}, d)
			VSUBPS(means[r], d, d)
			VMULPS(scales[r], d, d)
			VFMADD213PS(bias, gain, d)
			VMOVUPS(d, Mem{Base: x[r], Index: j, Scale: 1})
		}
	})
	for range rows {
		ADDQ(n.c, n.y)
	}
}

// over runs body for each vector of a row; i is its place in bytes.
func (n *normer) over(label string, body func(i GPVirtual)) {
	i := GP64()
	XORQ(i, i)
	Label(label)
	body(i)
	ADDQ(Imm(32), i)
	CMPQ(i, n.c)
	JLT(LabelRef(label))
}

// sumEach returns the sums over four vectors, or one, a sum in each place of both
// halves.
func sumEach(v []VecVirtual) VecVirtual {
	a, b := v[0], v[0]
	if len(v) == 4 {
		a, b = pairSums(v[0], v[1]), pairSums(v[2], v[3])
	} else {
		a = pairSums(a, a)
		b = a
	}
	sum, other := pairSums(a, b), YMM()
	VPERM2F128(Imm(1), sum, sum, other) // halves exchanged
	VADDPS(other, sum, sum)
	return sum
}

// pairSums adds neighbours: of a in the lower half of every 128 bits, of b above.
func pairSums(a, b VecVirtual) VecVirtual {
	v := YMM()
	VHADDPS(b, a, v)
	return v
}

// spreadEach spreads the r-th value of both halves over the r-th vector.
func spreadEach(values VecVirtual, to []VecVirtual) {
	for r, v := range to {
		VPERMILPS(Imm(uint64(r*0b01_01_01_01)), values, v)
	}
}
