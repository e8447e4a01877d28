// The program that writes the kernels for amd64: kernels_amd64.s and its
// declarations stubs_amd64.go. It is a module of its own, so that avo stays out
// of the main one. Run it by "go generate" in the folder above.
package main

import (
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const lanes = 8 // float32 in a 256-bit register

func main() {
	ConstraintExpr("amd64,!noasm")
	product256()
	product512()
	int16by256()
	int16by512()
	quantize()
	int8Products()
	elementwise()
	depthwise()
	groups()
	gates()
	norm()
	spectrum()
	peak()
	Generate()
}

// function starts a function; its comment is the loop that it stands for.
func function(name, signature string, doc ...string) {
	TEXT(name, NOSPLIT, signature)
	Doc(strings.Split(strings.Join(doc, "\n"), "\n")...)
	Pragma("noescape")
}

// bytes is the byte offset of the i-th vector of 8.
func bytes(i int) int { return 4 * lanes * i }

// constant is a 64-byte vector of one value, made at its first use.
func constant(name string, bits uint32) Mem {
	m, ok := constants[name]
	if !ok {
		m = GLOBL(name, RODATA|NOPTR)
		for i := range 2 * lanes {
			DATA(4*i, U32(bits))
		}
		constants[name] = m
	}
	return m
}

var constants = map[string]Mem{}

// base loads the first element's address of a slice parameter.
func base(name string) GPVirtual { return Load(Param(name).Base(), GP64()).(GPVirtual) }

// length loads a slice's length.
func length(name string) GPVirtual { return Load(Param(name).Len(), GP64()).(GPVirtual) }

// parameter loads an int.
func parameter(name string) GPVirtual { return Load(Param(name), GP64()).(GPVirtual) }

// address is where a parameter lies.
func address(name string) Mem {
	p, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return p.Addr
}

// stride loads an int that counts float32 and makes it bytes.
func stride(name string) GPVirtual {
	r := parameter(name)
	SHLQ(Imm(2), r)
	return r
}

// copyOf is a register with another's value.
func copyOf(r Register) GPVirtual {
	c := GP64()
	MOVQ(r, c)
	return c
}

// forEachVector runs body for every whole vector of count values; pointers
// advance by the given bytes each time.
func forEachVector(label string, count GPVirtual, pointers map[GPVirtual]int, order []GPVirtual, body func()) {
	SHRQ(Imm(3), count) // 8 values at a time
	repeat(label, count, func() {
		body()
		for _, p := range order {
			ADDQ(U32(pointers[p]), p)
		}
	})
}

// repeat writes a loop that runs body so many times, which may be none, and uses up
// times.
func repeat(label string, times GPVirtual, body func()) {
	TESTQ(times, times)
	JZ(LabelRef(label + "Done"))
	Label(label)
	body()
	DECQ(times)
	JNZ(LabelRef(label))
	Label(label + "Done")
}
