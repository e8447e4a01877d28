package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// inPlace makes a function that changes each value of a slice.
func (w *width) inPlace(name, loop string, change func(x VecVirtual)) {
	function(name, "func(y []float32)", fmt.Sprintf("%s is %s for the whole vectors of %d of y.", name, loop, w.bytes/4))
	y, left, x := base("y"), length("y"), w.vector()
	whileLeft("loop", left, w.bytes/4, func() {
		VMOVUPS(Mem{Base: y}, x)
		change(x)
		VMOVUPS(x, Mem{Base: y})
		ADDQ(U32(w.bytes), y)
	})
	VZEROUPPER()
	RET()
}

// merge makes a function of two slices that changes the first.
func (w *width) merge(name, loop string, change func(x VecVirtual, with Mem)) {
	function(name, "func(y, x []float32)", fmt.Sprintf("%s is %s for the whole vectors of %d of y.", name, loop, w.bytes/4))
	y, x, left, v := base("y"), base("x"), length("y"), w.vector()
	whileLeft("loop", left, w.bytes/4, func() {
		VMOVUPS(Mem{Base: y}, v)
		change(v, Mem{Base: x})
		VMOVUPS(v, Mem{Base: y})
		ADDQ(U32(w.bytes), y)
		ADDQ(U32(w.bytes), x)
	})
	VZEROUPPER()
	RET()
}

// rectify makes x max(x, 0).
func (w *width) rectify(x VecVirtual) {
	zero := w.vector()
	VXORPS(zero.AsX(), zero.AsX(), zero.AsX())
	VMAXPS(zero, x, x)
}

func elementwise() {
	for set, w := range both() {
		w.merge("add"+set, "y[i] += x[i]", func(v VecVirtual, x Mem) { VADDPS(x, v, v) })
		w.inPlace("relu"+set, "y[i] = max(y[i], 0)", w.rectify)
		w.merge("addRelu"+set, "y[i] = max(y[i]+x[i], 0)", func(v VecVirtual, x Mem) { VADDPS(x, v, v); w.rectify(v) })
	}
}
