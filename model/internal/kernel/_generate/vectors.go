package main

import (
	"fmt"
	"iter"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// width is how the same steps are written for registers of one size.
type width struct {
	bytes  int
	vector func() VecVirtual

	// constants are kept in registers where there are enough of them.
	constants map[string]VecVirtual

	bound      func(limit string, x VecVirtual) // x within +-limit
	reciprocal func(x VecVirtual)               // x becomes 1/x
	over       func(x, y VecVirtual)            // y becomes y/x; x may be changed
	settle     func(x VecVirtual)               // x becomes 0 where it is below denormalGuard
	larger     func(x Mem, peak VecVirtual)     // peak becomes the larger magnitude
}

// values are the constants of math32.go and of the activations.
var values = map[string]uint32{
	"one":           math.Float32bits(1),
	"log2E":         math.Float32bits(math.Log2E),
	"shifter":       math.Float32bits(3 << 22),
	"gateLimit":     math.Float32bits(30),
	"denormalGuard": math.Float32bits(1e-20),
	"magnitude":     1<<31 - 1,
}

func init() {
	c := 1.0
	for k := 1; k <= 6; k++ { // the coefficients of 2^-f: (-ln 2)^k / k!
		c *= -math.Ln2 / float64(k)
		values[fmt.Sprintf("taylor%d", k)] = math.Float32bits(float32(c))
	}
}

// constant is one of values as an operand.
func (w *width) constant(name string) Op {
	if r, ok := w.constants[name]; ok {
		return r
	}
	return constant(name, values[name])
}

// register is one of values in a register.
func (w *width) register(name string) VecVirtual {
	if r, ok := w.constants[name]; ok {
		return r
	}
	r := w.vector()
	VMOVUPS(w.constant(name), r)
	return r
}

// vectors are so many registers.
func (w *width) vectors(count int) []VecVirtual {
	all := make([]VecVirtual, count)
	for i := range all {
		all[i] = w.vector()
	}
	return all
}

// narrow is AVX2: constants come from memory, and a division takes less than
// what would take its place.
func narrow() *width {
	w := &width{bytes: 4 * lanes, vector: YMM}
	w.bound = func(limit string, x VecVirtual) {
		VMINPS(w.constant(limit), x, x)
		VMAXPS(constant("minus"+limit, values[limit]|1<<31), x, x)
	}
	w.reciprocal = func(x VecVirtual) { VDIVPS(x, w.register("one"), x) }
	w.over = func(x, y VecVirtual) { VDIVPS(x, y, y) }
	w.settle = func(x VecVirtual) {
		size := w.register("magnitude")
		VANDPS(x, size, size)
		VCMPPS(atLeast, w.constant("denormalGuard"), size, size)
		VANDPS(size, x, x)
	}
	w.larger = func(x Mem, peak VecVirtual) {
		size := w.register("magnitude")
		VANDPS(x, size, size)
		VMAXPS(size, peak, peak)
	}
	return w
}

// How VCMPPS and VPCMPUD are told to compare by >=.
var atLeast, notBelow = Imm(13), Imm(5)

// wide is AVX-512, with the named constants in registers from here on. Its divider
// is no faster than AVX2's, but it has reciprocals of 14 bits, which a step of
// Newton's makes 24: r + r*(1 - x*r).
func wide(names ...string) *width {
	w := &width{bytes: 8 * lanes, vector: ZMM, constants: map[string]VecVirtual{}}
	for _, name := range names {
		r := ZMM()
		VBROADCASTSS(constant(name, values[name]), r)
		w.constants[name] = r
	}
	w.bound = func(limit string, x VecVirtual) {
		VRANGEPS(Imm(0b0010), w.constant(limit), x, x) // the smaller magnitude, with the sign of x
	}
	w.reciprocal = func(x VecVirtual) {
		r := ZMM()
		VRCP14PS(x, r)
		VFNMADD213PS(w.constant("one"), r, x)
		VFMADD213PS(r, r, x)
	}
	w.over = func(x, y VecVirtual) {
		w.reciprocal(x)
		VMULPS(x, y, y)
	}
	w.settle = func(x VecVirtual) {
		size, large := ZMM(), K()
		VPANDD(w.constant("magnitude"), x, size)
		VPCMPUD(notBelow, w.constant("denormalGuard"), size, large)
		VMOVAPS_Z(x, large, x)
	}
	w.larger = func(x Mem, peak VecVirtual) {
		VRANGEPS(Imm(0b1011), x, peak, peak) // the larger magnitude, without a sign
	}
	return w
}

// both yields AVX2 and AVX-512, without constants in registers.
func both() iter.Seq2[string, *width] {
	return func(yield func(string, *width) bool) {
		_ = yield("AVX2", narrow()) && yield("AVX512", wide())
	}
}

// float is a vector of one float32 value in memory.
func float(name string, value float64) Mem {
	return constant(name, math.Float32bits(float32(value)))
}
