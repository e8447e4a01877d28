// The program that writes the filter's steps for amd64: kernels_amd64.s and its declarations
// stubs_amd64.go. It is a module of its own, so that avo stays out of the main one. Run it by
// "go generate" in the folder above.
//
// Products are rounded before they are added, so that the bits are those of the Go code.
package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const (
	stride = 496        // float32 of a row
	bytes  = 4 * stride // from a row's real parts to its imaginary ones
	vector = 32         // bytes of a register
)

func main() {
	ConstraintExpr("amd64,!noasm")
	accumulate()
	power()
	update()
	Generate()
}

// function starts a function; twin is the Go function that does the same.
func function(name, twin, parameters string) {
	TEXT(name, NOSPLIT, "func("+parameters+")")
	Doc(name + " is " + twin + ", eight numbers at a time.")
	Pragma("noescape")
}

func pointer(name string) GPVirtual { return Load(Param(name), GP64()).(GPVirtual) }

// eachVector runs body with the offset of each vector of a row, and ends the function.
func eachVector(body func(at GPVirtual)) {
	at := GP64()
	XORQ(at, at)
	Label("next")
	body(at)
	ADDQ(U8(vector), at)
	CMPQ(at, U32(bytes))
	JNE(LabelRef("next"))
	VZEROUPPER()
	RET()
}

func re(row Register, at GPVirtual) Mem { return Mem{Base: row, Index: at, Scale: 1} }
func im(row Register, at GPVirtual) Mem { return re(row, at).Offset(bytes) }

func load(m Op) VecVirtual           { v := YMM(); VMOVUPS(m, v); return v }
func store(v VecVirtual, m Mem)      { VMOVUPS(v, m) }
func add(a, b Op) VecVirtual         { v := YMM(); VADDPS(b, a, v); return v }
func sub(a, b Op) VecVirtual         { v := YMM(); VSUBPS(b, a, v); return v }
func times(a, b Op) VecVirtual       { v := YMM(); VMULPS(b, a, v); return v }
func atLeast(a, b Op) VecVirtual     { v := YMM(); VMAXPS(b, a, v); return v }
func broadcast(x Mem) (v VecVirtual) { v = YMM(); VBROADCASTSS(x, v); return v }

func number(name string, x float32) Mem {
	m := GLOBL(name, RODATA|NOPTR)
	DATA(0, U32(math.Float32bits(x)))
	return m
}

// parameter is a float32 in all places.
func parameter(name string) VecVirtual {
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return broadcast(p.Addr)
}

func accumulate() {
	function("accumulateAVX", "accumulateGo", "y, x, w *float32")
	y, x, w := pointer("y"), pointer("x"), pointer("w")
	eachVector(func(at GPVirtual) {
		xr, xi, wr, wi := load(re(x, at)), load(im(x, at)), load(re(w, at)), load(im(w, at))
		store(add(load(re(y, at)), sub(times(xr, wr), times(xi, wi))), re(y, at))
		store(add(load(im(y, at)), add(times(xr, wi), times(xi, wr))), im(y, at))
	})
}

func power() {
	function("powerAVX", "powerGo", "y, p, x *float32")
	y, p, x := pointer("y"), pointer("p"), pointer("x")
	eachVector(func(at GPVirtual) {
		xr, xi := load(re(x, at)), load(im(x, at))
		store(add(load(re(y, at)), times(load(re(p, at)), add(times(xr, xr), times(xi, xi)))), re(y, at))
	})
}

func update() {
	function("updateAVX", "updateGo", "w, p, x, e, r *float32, a, least float32")
	w, p, x, e, r := pointer("w"), pointer("p"), pointer("x"), pointer("e"), pointer("r")
	stays, least := parameter("a"), parameter("least")
	one, zero := broadcast(number("one", 1)), YMM()
	VXORPS(zero, zero, zero)
	changes := sub(one, stays)
	eachVector(func(at GPVirtual) {
		xr, xi, er, ei, q := load(re(x, at)), load(im(x, at)), load(re(e, at)), load(im(e, at)), load(re(p, at))
		wr := add(load(re(w, at)), times(q, add(times(xr, er), times(xi, ei))))
		wi := add(load(im(w, at)), times(q, sub(times(xr, ei), times(xi, er))))
		store(wr, re(w, at))
		store(wi, im(w, at))
		size := add(times(xr, xr), times(xi, xi))
		kept := atLeast(sub(one, times(times(q, size), re(r, at))), zero)
		store(add(times(times(stays, kept), q), times(changes, add(add(times(wr, wr), times(wi, wi)), least))), re(p, at))
	})
}
