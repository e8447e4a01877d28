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
