// The program that writes the transform and the filters for amd64: kernels_amd64.s
// and its declarations stubs_amd64.go. It is a module of its own, so that avo stays
// out of the main one. Run it by "go generate" in the folder above.
//
// Vectors hold four complex numbers, real and imaginary parts in turns. Products
// are rounded before they are added, so that the bits are those of the Go code;
// polyphase alone, where most of the time would go into that, rounds once.
package main

import (
	"math"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const (
	half   = 480 // complex numbers of the transform
	size   = 8   // bytes of one
	vector = 4   // of them in a register
	step   = vector * size
)

func main() {
	ConstraintExpr("amd64,!noasm")
	passA()
	passB()
	passC()
	passD()
	separate()
	join()
	polyphase("polyphaseFMA", 4*width, 6)
	polyphase("polyphaseAVX512", 8*width, 12)
	glideFilter()
	between()
	furthest()
	products()
	pcm16()
	Generate()
}

// function starts a function; twin is the Go function that does the same, how what it
// does at a time.
func function(name, twin, parameters, how string, result ...string) {
	TEXT(name, NOSPLIT, "func("+parameters+") "+strings.Join(result, ""))
	Doc(name + " is " + twin + ", " + how + ".")
	Pragma("noescape")
}

func pointer(name string) GPVirtual { return Load(Param(name), GP64()).(GPVirtual) }

const fourNumbers = "four complex numbers at a time"

// loop runs body count times and moves the pointers by so many bytes after each.
func loop(label string, count Op, move map[Register]int, order []Register, body func()) {
	left := GP64()
	MOVQ(count, left)
	Label(label)
	body()
	for _, p := range order {
		if d := move[p]; d >= 0 {
			ADDQ(U32(d), p)
		} else {
			SUBQ(U32(-d), p)
		}
	}
	DECQ(left)
	JNZ(LabelRef(label))
}

// constant is a vector of one pair of 32-bit values, made at its first use.
func constant(name string, even, odd uint32) Mem {
	m, ok := constants[name]
	if !ok {
		m = GLOBL(name, RODATA|NOPTR)
		for i := range vector {
			DATA(8*i, U32(even))
			DATA(8*i+4, U32(odd))
		}
		constants[name] = m
	}
	return m
}

var constants = map[string]Mem{}

// number is a float32 in all places.
func number(name string, x float64) Mem {
	bits := math.Float32bits(float32(x))
	return constant(name, bits, bits)
}

// minusOdd has the signs that conjugate.
func minusOdd() Mem { return constant("minusOdd", 0, minus) }

const minus = 0x80000000

func at(p Register, index int) Mem { return Mem{Base: p}.Offset(size * index) }

func load(m Op) VecVirtual {
	v := YMM()
	VMOVUPS(m, v)
	return v
}

func add(a, b Op) VecVirtual      { v := YMM(); VADDPS(b, a, v); return v }
func sub(a, b Op) VecVirtual      { v := YMM(); VSUBPS(b, a, v); return v }
func times(a, b Op) VecVirtual    { v := YMM(); VMULPS(b, a, v); return v }
func flip(a, signs Op) VecVirtual { v := YMM(); VXORPS(signs, a, v); return v }

// swap exchanges real and imaginary parts.
func swap(a Op) VecVirtual { v := YMM(); VPERMILPS(U8(0xb1), a, v); return v }

// turn is -i*a: parts exchanged, the new imaginary ones negated.
func turn(a Op, odd VecVirtual) VecVirtual { return flip(swap(a), odd) }

// multiply is x*w, with w's real and imaginary parts each in both places.
func multiply(x, wr, wi Op) VecVirtual {
	v := YMM()
	VADDSUBPS(times(swap(x), wi), times(x, wr), v)
	return v
}

// parts are the real and the imaginary parts of w, each in both places.
func parts(w Mem) (wr, wi VecVirtual) {
	wr, wi = YMM(), YMM()
	VMOVSLDUP(w, wr)
	VMOVSHDUP(w, wi)
	return wr, wi
}

// partsOf are the same of one number for a whole vector.
func partsOf(w Mem) (wr, wi VecVirtual) {
	wr, wi = YMM(), YMM()
	VBROADCASTSS(w, wr)
	VBROADCASTSS(w.Offset(4), wi)
	return wr, wi
}

// reverse turns the order of four numbers round.
func reverse(a Op) VecVirtual {
	v := YMM()
	VPERM2F128(U8(1), a, a, v)
	VPERMILPD(U8(5), v, v)
	return v
}
