package main

import (
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
	ln2High   = 0.693359375
	shifter   = 3 << 22
	oneBits   = 127 << 23
)

// negate flips the sign of x.
func negate(x VecVirtual) { VXORPS(constant("signBit", 1<<31), x, x) }

// sigmoid makes x its sigmoid, as sigmoid1 does: 1/(1+e^-x).
func sigmoid(x VecVirtual) {
	VMINPS(float("gateLimit", gateLimit), x, x)
	VMAXPS(float("minusGateLimit", -gateLimit), x, x)
	negate(x)
	exp(x)
	one := YMM()
	VMOVUPS(float("one", 1), one)
	VADDPS(one, x, x)
	VDIVPS(x, one, x)
}

// exp makes x e^x, as expGo does.
func exp(x VecVirtual) {
	t, n, p := YMM(), YMM(), YMM()
	VMOVUPS(float("shifter", shifter), n)
	VMOVUPS(float("log2E", math.Log2E), t)
	VFMADD213PS(n, x, t) // t = x*log2E + shifter
	VSUBPS(n, t, n)      // n = round(x*log2E)
	VFNMADD231PS(float("ln2High", ln2High), n, x)
	VFNMADD231PS(float("ln2Low", math.Ln2-ln2High), n, x)
	VMOVUPS(float("taylor6", 1.0/720), p)
	for _, c := range []struct {
		name  string
		value float64
	}{{"taylor5", 1.0 / 120}, {"taylor4", 1.0 / 24}, {"taylor3", 1.0 / 6}, {"half", 0.5}, {"one", 1}, {"one", 1}} {
		VFMADD213PS(float(c.name, c.value), x, p) // p = p*x + c
	}
	VPSLLD(Imm(23), t, t)
	VPADDD(constant("oneBits", oneBits), t, t) // 2^n
	VMULPS(t, p, x)
}

// tanh makes x its tanh, as tanh1 does: 2*sigmoid(2x) - 1.
func tanh(x VecVirtual) {
	VADDPS(x, x, x)
	sigmoid(x)
	VADDPS(x, x, x)
	VSUBPS(float("one", 1), x, x)
}

// gates is the step of a GRU and its two activations alone.
func gates() {
	function("gruAVX2", "func(h, g, q []float32, rows, c int)",
		"gruAVX2 is gruGo:", "",
		"\tr, z := sigmoid(g[3*row*c+i]), sigmoid(g[3*row*c+c+i])",
		"\tn := tanh(g[3*row*c+2*c+i] + r*q[row*c+i])",
		"\th[row*c+i] = n + z*(h[row*c+i]-n)", "",
		"for row < rows and i < c, and states below 1e-20 become 0. c is a multiple of 8.")
	h, g, q := base("h"), base("g"), base("q")
	rows, c := parameter("rows"), stride("c")
	TESTQ(rows, rows)
	JZ(LabelRef("end"))
	Label("row")
	gz, gn, left := GP64(), GP64(), copyOf(c)
	LEAQ(Mem{Base: g, Index: c, Scale: 1}, gz)
	LEAQ(Mem{Base: g, Index: c, Scale: 2}, gn)
	Label("vector")
	r, z, n, before := YMM(), YMM(), YMM(), YMM()
	VMOVUPS(Mem{Base: g}, r)
	sigmoid(r)
	VMOVUPS(Mem{Base: gn}, n)
	VFMADD231PS(Mem{Base: q}, r, n)
	tanh(n)
	VMOVUPS(Mem{Base: gz}, z)
	sigmoid(z)
	VMOVUPS(Mem{Base: h}, before)
	VSUBPS(n, before, before)
	VFMADD231PS(z, before, n)
	size := YMM()
	VANDPS(constant("magnitude", 1<<31-1), n, size)
	VCMPPS(Imm(13), float("denormalGuard", 1e-20), size, size) // at least
	VANDPS(size, n, n)
	VMOVUPS(n, Mem{Base: h})
	for _, p := range []GPVirtual{h, g, gz, gn, q} {
		ADDQ(Imm(32), p)
	}
	SUBQ(Imm(32), left)
	JNZ(LabelRef("vector"))
	MOVQ(gn, g) // behind this row's gates
	DECQ(rows)
	JNZ(LabelRef("row"))
	Label("end")
	VZEROUPPER()
	RET()

	inPlace("sigmoidAVX2", "y[i] = 1/(1+exp(-y[i]))", sigmoid)
	inPlace("tanhAVX2", "y[i] = tanh(y[i])", tanh)
}
