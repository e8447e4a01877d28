package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// separate makes the bins 1 to 479 of a spectrum of reals, four from each end at
// a time. The middle one is written twice, as in Go.
func separate() {
	function("separateAVX", "separateGo", "x *[481]complex64, z *[480]complex64, w *[241]complex64", fourNumbers)
	x, z, w := pointer("x"), pointer("z"), pointer("w")
	odd, oneHalf := load(minusOdd()), load(number("oneHalf", 0.5))
	pairs("separate", x, z, w, func(p, q, wr, wi VecVirtual) (VecVirtual, VecVirtual) {
		q = flip(q, odd) // conj q
		e := times(add(p, q), oneHalf)
		o := times(turn(sub(p, q), odd), oneHalf)
		o = multiply(o, wr, wi)
		return add(e, o), flip(sub(e, o), odd)
	})
}

// join is the way back: the numbers 1 to 479 of the transform, conjugated.
func join() {
	function("joinAVX", "joinGo", "z *[480]complex64, x *[481]complex64, w *[241]complex64", fourNumbers)
	z, x, w := pointer("z"), pointer("x"), pointer("w")
	odd, even := load(minusOdd()), load(constant("minusEven", minus, 0))
	all := load(constant("minusAll", minus, minus))
	g := number("perWindow", 1.0/960)
	pairs("join", z, x, w, func(p, q, wr, wi VecVirtual) (VecVirtual, VecVirtual) {
		q = flip(q, odd)
		e := times(add(p, q), g)
		o := multiply(times(sub(p, q), g), wr, flip(wi, all))
		io := flip(swap(o), even)
		return flip(add(e, io), odd), sub(e, io)
	})
}

// pairs gives body the numbers k and 480-k of from, for k of 1 to 240, and puts
// what it returns in their places of to.
func pairs(label string, to, from, w Register, body func(p, q, wr, wi VecVirtual) (front, back VecVirtual)) {
	fromEnd, toEnd := GP64(), GP64()
	LEAQ(at(from, half-vector), fromEnd)
	LEAQ(at(to, half-vector), toEnd)
	move := map[Register]int{to: step, from: step, w: step, fromEnd: -step, toEnd: -step}
	loop(label, U64(half/2/vector), move, []Register{to, from, w, fromEnd, toEnd}, func() {
		wr, wi := parts(at(w, 1))
		front, back := body(load(at(from, 1)), reverse(load(at(fromEnd, 0))), wr, wi)
		VMOVUPS(front, at(to, 1))
		VMOVUPS(reverse(back), at(toEnd, 0))
	})
	VZEROUPPER()
	RET()
}
