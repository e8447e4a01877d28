package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// products writes y = a*b and y = c + a*b, value by value.
func products() {
	function("multiplyAVX", "multiplyGo", "y, a, b *float32, n int", "eight values at a time; n is a multiple of eight")
	y, a, b := pointer("y"), pointer("a"), pointer("b")
	eachEight([]Register{y, a, b}, func() { VMOVUPS(times(load(Mem{Base: a}), Mem{Base: b}), Mem{Base: y}) })

	function("multiplyAddAVX", "multiplyAddGo", "y, c, a, b *float32, n int", "eight values at a time; n is a multiple of eight")
	y, a, b = pointer("y"), pointer("a"), pointer("b")
	c := pointer("c")
	eachEight([]Register{y, c, a, b}, func() {
		VMOVUPS(add(load(Mem{Base: c}), times(load(Mem{Base: a}), Mem{Base: b})), Mem{Base: y})
	})
}

// eachEight runs body for each eight of n values and moves the pointers, and returns.
func eachEight(pointers []Register, body func()) {
	n, move := pointer("n"), map[Register]int{}
	for _, p := range pointers {
		move[p] = 4 * width
	}
	SHRQ(Imm(3), n)
	JZ(LabelRef("done"))
	loop("eight", n, move, pointers, body)
	Label("done")
	VZEROUPPER()
	RET()
}
