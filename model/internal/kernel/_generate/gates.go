package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// float is a vector of one float32 value in memory.
func float(name string, value float64) Mem {
	return constant(name, math.Float32bits(float32(value)))
}

// The constants of math32.go.
const (
	gateLimit = 30
	shifter   = 3 << 22
	oneBits   = 127 << 23
)

// taylor is the k-th coefficient of (-1)^k 2^f: (-ln 2)^k / k!.
func taylor(k int) Mem {
	c := 1.0
	for i := range k {
		c *= -math.Ln2 / float64(i+1)
	}
	return float(fmt.Sprintf("taylor%d", k), c)
}

// loaded is a new register with the values of m.
func loaded(m Mem) VecVirtual {
	r := YMM()
	VMOVUPS(m, r)
	return r
}

// lockstep runs each step on all values before the next step: a step waits four
// cycles for the one before, which leaves room for the other values' steps. A
// processor looks ahead for such work, but not over the 50 steps from one
// value to the next.
func lockstep(values int, steps ...func(i int)) {
	for _, step := range steps {
		for i := range values {
			step(i)
		}
	}
}

// expMinus makes each of x e^-x, x taken as within +-gateLimit, as expGo does.
// Here x*log2(e) = n + f, which saves a change of sign: e^-x = 2^-n 2^-f.
func expMinus(x ...VecVirtual) {
	n, t, q := make([]VecVirtual, len(x)), make([]VecVirtual, len(x)), make([]VecVirtual, len(x))
	p, o := make([]VecVirtual, len(x)), make([]VecVirtual, len(x))
	log2E, shift := float("log2E", math.Log2E), float("shifter", shifter)
	lockstep(len(x),
		func(i int) { VMINPS(float("gateLimit", gateLimit), x[i], x[i]) },
		func(i int) { VMAXPS(float("minusGateLimit", -gateLimit), x[i], x[i]) },
		func(i int) { VMULPS(log2E, x[i], x[i]) },
		func(i int) { t[i] = YMM(); VADDPS(shift, x[i], t[i]) },
		func(i int) { n[i] = YMM(); VSUBPS(shift, t[i], n[i]) },
		func(i int) { VSUBPS(n[i], x[i], x[i]) }, // f
		func(i int) { q[i] = YMM(); VMULPS(x[i], x[i], q[i]) },
		func(i int) { p[i] = loaded(taylor(5)) },
		func(i int) { VFMADD213PS(taylor(4), x[i], p[i]) },
		func(i int) { VFMADD231PS(taylor(6), q[i], p[i]) }, // taylor6*q + taylor5*f + taylor4
		func(i int) { o[i] = loaded(taylor(3)) },
		func(i int) { VFMADD213PS(taylor(2), x[i], o[i]) },
		func(i int) { VFMADD213PS(o[i], q[i], p[i]) }, // p*q + taylor3*f + taylor2
		func(i int) { o[i] = loaded(taylor(1)) },
		func(i int) { VFMADD213PS(float("one", 1), x[i], o[i]) },
		func(i int) { VFMADD213PS(o[i], q[i], p[i]) }, // 2^-f
		func(i int) { VPSLLD(Imm(23), t[i], t[i]) },
		func(i int) { n[i] = loaded(constant("oneBits", oneBits)) },
		func(i int) { VPSUBD(t[i], n[i], t[i]) }, // 2^-n
		func(i int) { VMULPS(t[i], p[i], x[i]) },
	)
}

// sigmoid makes each of x its sigmoid: 1/(1+e^-x).
func sigmoid(x ...VecVirtual) {
	expMinus(x...)
	one := make([]VecVirtual, len(x))
	lockstep(len(x),
		func(i int) { one[i] = loaded(float("one", 1)) },
		func(i int) { VADDPS(one[i], x[i], x[i]) },
		func(i int) { VDIVPS(x[i], one[i], x[i]) },
	)
}

// tanh makes each of x its tanh, as tanh1 does: 2*sigmoid(2x) - 1.
func tanh(x ...VecVirtual) {
	for _, v := range x {
		VADDPS(v, v, v)
	}
	sigmoid(x...)
	for _, v := range x {
		VADDPS(v, v, v)
		VSUBPS(float("one", 1), v, v)
	}
}

// gates is the step of a GRU and its two activations alone.
func gates() {
	gru()
	inPlace("sigmoidAVX2", "y[i] = 1/(1+exp(-y[i]))", func(x VecVirtual) { sigmoid(x) })
	inPlace("tanhAVX2", "y[i] = tanh(y[i])", func(x VecVirtual) { tanh(x) })
}

// settle makes n 0 where it is below 1e-20.
func settle(n VecVirtual) {
	size := loaded(constant("magnitude", 1<<31-1))
	VANDPS(n, size, size)
	const atLeast = 13
	VCMPPS(Imm(atLeast), float("denormalGuard", 1e-20), size, size)
	VANDPS(size, n, n)
}

// cells points at the units of a GRU that are next.
type cells struct{ h, g, gz, gn, q GPVirtual }

// step does the given number of registers and moves on.
//
// A division takes as long as six other steps, so update gate and candidate
// share one: with z = 1/(1+a) and n = (1-b)/(1+b),
//
//	n + z*(h-n) = ((1-b)*a + h*(1+b)) / ((1+a)*(1+b))
func (u *cells) step(vectors int) {
	at := func(p GPVirtual, i int) Mem { return Mem{Base: p}.Offset(bytes(i)) }
	r, a, b := make([]VecVirtual, vectors), make([]VecVirtual, vectors), make([]VecVirtual, vectors)
	for i := range vectors {
		r[i], a[i] = loaded(at(u.g, i)), loaded(at(u.gz, i))
	}
	expMinus(append(r, a...)...)
	one, q := loaded(float("one", 1)), make([]VecVirtual, vectors)
	lockstep(vectors,
		func(i int) { VADDPS(one, r[i], r[i]) },
		func(i int) { VDIVPS(r[i], one, r[i]) },
		func(i int) { b[i], q[i] = loaded(at(u.gn, i)), loaded(at(u.q, i)) },
		func(i int) { VFMADD231PS(q[i], r[i], b[i]) },
		func(i int) { VADDPS(b[i], b[i], b[i]) },
	)
	expMinus(b...)
	one = loaded(float("one", 1))
	h, c := make([]VecVirtual, vectors), make([]VecVirtual, vectors)
	lockstep(vectors,
		func(i int) { h[i], c[i] = loaded(at(u.h, i)), YMM() },
		func(i int) { VSUBPS(b[i], one, c[i]) },
		func(i int) { VADDPS(one, b[i], b[i]) },
		func(i int) { VMULPS(a[i], c[i], c[i]) },
		func(i int) { VFMADD213PS(c[i], b[i], h[i]) }, // h*(1+b) + (1-b)*a
		func(i int) { VFMADD213PS(b[i], b[i], a[i]) }, // a*(1+b) + (1+b)
		func(i int) { VDIVPS(a[i], h[i], h[i]) },
		func(i int) { settle(h[i]) },
		func(i int) { VMOVUPS(h[i], at(u.h, i)) },
	)
	for _, p := range []GPVirtual{u.h, u.g, u.gz, u.gn, u.q} {
		ADDQ(U32(bytes(vectors)), p)
	}
}

// gru takes two registers of a row at once while there are so many.
func gru() {
	function("gruAVX2", "func(h, g, q []float32, rows, c int)",
		"gruAVX2 is gruGo:", "",
		"\tr, z := sigmoid(g[3*row*c+i]), sigmoid(g[3*row*c+c+i])",
		"\tn := tanh(g[3*row*c+2*c+i] + r*q[row*c+i])",
		"\th[row*c+i] = n + z*(h[row*c+i]-n)", "",
		"for row < rows and i < c, and states below 1e-20 become 0. c is a multiple of 8.")
	u := &cells{h: base("h"), g: base("g"), gz: GP64(), gn: GP64(), q: base("q")}
	rows, c := parameter("rows"), stride("c")
	TESTQ(rows, rows)
	JZ(LabelRef("end"))
	Label("row")
	left := copyOf(c)
	LEAQ(Mem{Base: u.g, Index: c, Scale: 1}, u.gz)
	LEAQ(Mem{Base: u.g, Index: c, Scale: 2}, u.gn)
	for _, vectors := range []int{2, 1} {
		label := fmt.Sprintf("by%d", vectors)
		Label(label)
		CMPQ(left, U32(bytes(vectors)))
		JLT(LabelRef(label + "End"))
		u.step(vectors)
		SUBQ(U32(bytes(vectors)), left)
		JMP(LabelRef(label))
		Label(label + "End")
	}
	MOVQ(u.gn, u.g) // behind this row's gates
	DECQ(rows)
	JNZ(LabelRef("row"))
	Label("end")
	VZEROUPPER()
	RET()
}
