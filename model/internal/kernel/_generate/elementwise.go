package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// inPlace makes a function that changes each value of a slice.
func inPlace(name, loop string, change func(x VecVirtual)) {
	function(name, "func(y []float32)", name+" is "+loop+" for the whole vectors of 8 of y.")
	y, count := base("y"), length("y")
	forEachVector("loop", count, map[GPVirtual]int{y: 32}, []GPVirtual{y}, func() {
		x := YMM()
		VMOVUPS(Mem{Base: y}, x)
		change(x)
		VMOVUPS(x, Mem{Base: y})
	})
	VZEROUPPER()
	RET()
}

// merge makes a function of two slices that changes the first.
func merge(name, loop string, change func(x VecVirtual, with Mem)) {
	function(name, "func(y, x []float32)", name+" is "+loop+" for the whole vectors of 8 of y.")
	y, x, count := base("y"), base("x"), length("y")
	forEachVector("loop", count, map[GPVirtual]int{y: 32, x: 32}, []GPVirtual{y, x}, func() {
		v := YMM()
		VMOVUPS(Mem{Base: y}, v)
		change(v, Mem{Base: x})
		VMOVUPS(v, Mem{Base: y})
	})
	VZEROUPPER()
	RET()
}

// rectify makes x max(x, 0).
func rectify(x VecVirtual) {
	zero := YMM()
	VXORPS(zero, zero, zero)
	VMAXPS(zero, x, x)
}

func elementwise() {
	merge("addAVX2", "y[i] += x[i]", func(v VecVirtual, x Mem) { VADDPS(x, v, v) })
	inPlace("reluAVX2", "y[i] = max(y[i], 0)", rectify)
	merge("addReluAVX2", "y[i] = max(y[i]+x[i], 0)", func(v VecVirtual, x Mem) { VADDPS(x, v, v); rectify(v) })
}

// sumLanes leaves the sum of x's eight values in all lanes of x.
func sumLanes(x VecVirtual) {
	t := YMM()
	VPERM2F128(Imm(1), x, x, t) // halves exchanged
	VADDPS(t, x, x)
	VPERMILPS(Imm(0b01_00_11_10), x, t) // pairs exchanged
	VADDPS(t, x, x)
	VPERMILPS(Imm(0b10_11_00_01), x, t) // neighbours exchanged
	VADDPS(t, x, x)
}

// norm is the layer norm.
func norm() {
	function("normAVX2", "func(y, x, gain, bias []float32, rows, c int)",
		"normAVX2 is normGo:", "",
		"\ty[row*c+i] = (x[row*c+i]-mean) / sqrt(variance+1e-5) * gain[i] + bias[i]", "",
		"with mean and variance over each row. c is a multiple of 8.")
	y, x, gain, bias := base("y"), base("x"), base("gain"), base("bias")
	rows, c := parameter("rows"), stride("c")
	TESTQ(rows, rows)
	JZ(LabelRef("end"))

	// 1/c in all lanes.
	count, inverse := parameter("c"), YMM()
	one := XMM()
	VXORPS(one, one, one)
	VCVTSI2SSQ(count, one, one)
	VBROADCASTSS(one, inverse)
	unit := YMM()
	VMOVUPS(float("one", 1), unit)
	VDIVPS(inverse, unit, inverse)

	Label("row")
	over := func(label string, body func(at GPVirtual)) {
		i := GP64()
		XORQ(i, i)
		Label(label)
		body(i)
		ADDQ(Imm(32), i)
		CMPQ(i, c)
		JLT(LabelRef(label))
	}
	at := func(p, i GPVirtual) Mem { return Mem{Base: p, Index: i, Scale: 1} }
	mean, scale := YMM(), YMM()
	VXORPS(mean, mean, mean)
	over("sum", func(i GPVirtual) { VADDPS(at(x, i), mean, mean) })
	sumLanes(mean)
	VMULPS(inverse, mean, mean)
	VXORPS(scale, scale, scale)
	over("square", func(i GPVirtual) {
		d := YMM()
		VMOVUPS(at(x, i), d)
		VSUBPS(mean, d, d)
		VFMADD231PS(d, d, scale)
	})
	sumLanes(scale)
	VMOVUPS(float("normFloor", 1e-5), unit)
	VFMADD213PS(unit, inverse, scale) // variance + floor
	VSQRTPS(scale, scale)
	VMOVUPS(float("one", 1), unit)
	VDIVPS(scale, unit, scale)
	over("write", func(i GPVirtual) {
		d := YMM()
		VMOVUPS(at(x, i), d)
		VSUBPS(mean, d, d)
		VMULPS(scale, d, d)
		g := YMM()
		VMOVUPS(at(gain, i), g)
		VFMADD213PS(at(bias, i), g, d)
		VMOVUPS(d, at(y, i))
	})
	ADDQ(c, x)
	ADDQ(c, y)
	DECQ(rows)
	JNZ(LabelRef("row"))
	Label("end")
	VZEROUPPER()
	RET()
}
