package main

import (
	"fmt"
	"slices"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

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
// Here x*log2(e) = n + f, which saves a change of sign: e^-x = 2^-n 2^-f, and
// the first factor is a subtraction from the exponent of the second. Three
// registers for each value are few enough for several values at once.
func (w *width) expMinus(x ...VecVirtual) {
	t, p, log2E, c := w.vectors(len(x)), w.vectors(len(x)), w.register("log2E"), w.constant
	steps := []func(i int){
		func(i int) { w.bound("gateLimit", x[i]) },
		func(i int) { VMOVUPS(c("shifter"), t[i]) },
		func(i int) { VFMADD231PS(log2E, x[i], t[i]) },
		func(i int) { VSUBPS(c("shifter"), t[i], p[i]) }, // n
		func(i int) { VFMSUB213PS(p[i], log2E, x[i]) },   // f
		func(i int) { VMOVUPS(c("taylor6"), p[i]) },
	}
	for _, name := range []string{"taylor5", "taylor4", "taylor3", "taylor2", "taylor1", "one"} {
		steps = append(steps, func(i int) { VFMADD213PS(c(name), x[i], p[i]) })
	}
	lockstep(len(x), append(steps,
		func(i int) { VPSLLD(Imm(23), t[i], t[i]) }, // n as an exponent
		func(i int) { VPSUBD(t[i], p[i], x[i]) },
	)...)
}

// sigmoid makes x its sigmoid: 1/(1+e^-x).
func (w *width) sigmoid(x VecVirtual) {
	w.expMinus(x)
	VADDPS(w.constant("one"), x, x)
	w.reciprocal(x)
}

// tanh makes x its tanh, as tanh1 does: 2*sigmoid(2x) - 1.
func (w *width) tanh(x VecVirtual) {
	VADDPS(x, x, x)
	w.sigmoid(x)
	VADDPS(x, x, x)
	VSUBPS(w.constant("one"), x, x)
}

// gates is the step of a GRU and its two activations alone.
func gates() {
	for _, g := range []struct {
		name, multiple string
		atOnce         int
		width          func() *width
	}{
		{"gruAVX2", "8", 1, narrow},
		{"gruAVX512", "16", 2, func() *width {
			return wide("one", "log2E", "shifter", "taylor1", "taylor2", "taylor3", "taylor4", "taylor5")
		}},
	} {
		function(g.name, "func(h, g, q []float32, rows, c int)", g.name+` is gruGo:

	r, z := sigmoid(g[3*row*c+i]), sigmoid(g[3*row*c+c+i])
	n := tanh(g[3*row*c+2*c+i] + r*q[row*c+i])
	h[row*c+i] = n + z*(h[row*c+i]-n)

for row < rows and i < c, and states below 1e-20 become 0. c is a multiple of `+g.multiple+".")
		gru(g.atOnce, g.width())
	}
	w := narrow()
	w.inPlace("sigmoidAVX2", "y[i] = 1/(1+exp(-y[i]))", w.sigmoid)
	w.inPlace("tanhAVX2", "y[i] = tanh(y[i])", w.tanh)
}

// cells are the units of a GRU that are next, in one row or several: h, q and the
// three gates of the first row begin at the pointers.
type cells struct {
	*width
	h, q, r, z, n GPVirtual

	// units and gates are where each row goes on, in bytes from those pointers.
	units, gates []GPVirtual
}

// step does so many registers of each row.
//
// A division takes as long as six other steps, so update gate and candidate
// share one: with z = 1/(1+a) and n = (1-b)/(1+b),
//
//	n + z*(h-n) = ((1-b)*a + h*(1+b)) / ((1+a)*(1+b))
func (u *cells) step(vectors int) {
	count := vectors * len(u.units)
	at := func(p GPVirtual, rows []GPVirtual, v int) Mem {
		return Mem{Base: p, Index: rows[v/vectors], Scale: 1}.Offset(u.bytes * (v % vectors))
	}
	r, a, b := u.vectors(count), u.vectors(count), u.vectors(count)
	for v := range count {
		VMOVUPS(at(u.r, u.gates, v), r[v])
		VMOVUPS(at(u.z, u.gates, v), a[v])
	}
	u.expMinus(append(r, a...)...)
	lockstep(count,
		func(v int) { VADDPS(u.constant("one"), r[v], r[v]) },
		func(v int) { u.reciprocal(r[v]) },
		func(v int) { VMOVUPS(at(u.n, u.gates, v), b[v]) },
		func(v int) { VFMADD231PS(at(u.q, u.units, v), r[v], b[v]) },
		func(v int) { VADDPS(b[v], b[v], b[v]) },
	)
	u.expMinus(b...)
	h, c, one := u.vectors(count), u.vectors(count), u.register("one")
	lockstep(count,
		func(v int) { VMOVUPS(at(u.h, u.units, v), h[v]) },
		func(v int) { VSUBPS(b[v], one, c[v]) },
		func(v int) { VADDPS(one, b[v], b[v]) },
		func(v int) { VMULPS(a[v], c[v], c[v]) },
		func(v int) { VFMADD213PS(c[v], b[v], h[v]) }, // h*(1+b) + (1-b)*a
		func(v int) { VFMADD213PS(b[v], b[v], a[v]) }, // a*(1+b) + (1+b)
		func(v int) { u.over(a[v], h[v]) },
		func(v int) { u.settle(h[v]) },
		func(v int) { VMOVUPS(h[v], at(u.h, u.units, v)) },
	)
	for _, i := range u.places() {
		ADDQ(U32(u.bytes*vectors), i)
	}
}

// places are the registers of units and gates, of which the first rows share one.
func (u *cells) places() []GPVirtual {
	return append(u.units[:len(u.units):len(u.units)], u.gates[1:]...)
}

// start goes to the beginning of so many rows of c bytes.
func (u *cells) start(rows int, c GPVirtual) {
	first := GP64()
	XORQ(first, first)
	u.units, u.gates = []GPVirtual{first}, []GPVirtual{first}
	for range rows - 1 {
		u.units = append(u.units, plus(u.units[len(u.units)-1], c, 1))
		u.gates = append(u.gates, plus(u.gates[len(u.gates)-1], c, 3))
	}
}

// plus is a new register with p and some times c.
func plus(p, c GPVirtual, times int) GPVirtual {
	sum := copyOf(p)
	for range times {
		ADDQ(c, sum)
	}
	return sum
}

// gru takes so many rows at once while there are so many, then single ones, and
// of each two registers at once.
func gru(atOnce int, w *width) {
	u := &cells{width: w, h: base("h"), q: base("q"), r: base("g")}
	left, c := parameter("rows"), stride("c")
	u.z = plus(u.r, c, 1)
	u.n = plus(u.z, c, 1)
	for _, rows := range slices.Compact([]int{atOnce, 1}) {
		label := fmt.Sprintf("rows%d", rows)
		Label(label)
		CMPQ(left, Imm(uint64(rows)))
		JLT(LabelRef(label + "Done"))
		u.start(rows, c)
		for _, vectors := range []int{2, 1} {
			u.while(fmt.Sprintf("%sBy%d", label, vectors), vectors, c)
		}
		for range rows {
			for _, p := range []GPVirtual{u.h, u.q, u.r, u.r, u.r, u.z, u.z, u.z, u.n, u.n, u.n} {
				ADDQ(c, p)
			}
		}
		SUBQ(Imm(uint64(rows)), left)
		JMP(LabelRef(label))
		Label(label + "Done")
	}
	VZEROUPPER()
	RET()
}

// while does steps of so many registers while there are so many left of the c bytes
// of a row.
func (u *cells) while(label string, vectors int, c GPVirtual) {
	Label(label)
	left := copyOf(c)
	SUBQ(u.units[0], left)
	CMPQ(left, U32(u.bytes*vectors))
	JLT(LabelRef(label + "Done"))
	u.step(vectors)
	JMP(LabelRef(label))
	Label(label + "Done")
}
