package main

import (
	"fmt"
	"math"
)

// constants are registers that hold one value throughout a function.
type constants struct {
	next reg
	at   map[string]reg
}

// float puts a value into all lanes of the next register.
func (c *constants) float(name string, value float64) { c.bits(name, math.Float32bits(float32(value))) }

func (c *constants) bits(name string, value uint32) {
	if c.at == nil {
		c.at = map[string]reg{}
	}
	c.at[name] = c.next
	line("MOVW $0x%08x, R0 // %s", value, name)
	line("VDUP R0, %v", c.next)
	c.next++
}

// gru is GRU, four units at a time. Update gate and candidate share a division:
// with z = 1/(1+a) and n = (1-b)/(1+b),
//
//	n + z*(h-n) = ((1-b)*a + h*(1+b)) / ((1+a)*(1+b))
func gru() {
	function("gruNEON", 88)
	k := &constants{next: 16}
	k.float("limit", 30)
	k.float("minus limit", -30)
	k.float("log2(e)", math.Log2E)
	k.float("shifter", 3<<22)
	k.float("one", 1)
	k.bits("one's bits", 127<<23)
	k.float("guard", 1e-20)
	taylor := 1.0
	for i := 1; i <= 6; i++ {
		taylor *= -math.Ln2 / float64(i)
		k.float(fmt.Sprintf("taylor %d", i), taylor)
	}
	for _, p := range []struct {
		name   string
		offset int
		to     string
	}{{"h_base", 0, "R0"}, {"g_base", 24, "R1"}, {"q_base", 48, "R4"}, {"rows", 72, "R5"}, {"c", 80, "R6"}} {
		line("MOVD %s+%d(FP), %s", p.name, p.offset, p.to)
	}
	line("CBZ R5, end")
	line("LSL $2, R6")
	label("row")
	line("ADD R6, R1, R2 // update gates")
	line("ADD R6, R2, R3 // candidates")
	line("MOVD R6, R7")
	label("units")
	const r, a, b, h, c = 0, 1, 2, 3, 4
	one := k.at["one"]
	line("VLD1.P 16(R1), [%v]", reg(r))
	line("VLD1.P 16(R2), [%v]", reg(a))
	k.expMinus(r, a)
	line("VLD1.P 16(R3), [%v]", reg(b))
	line("VLD1.P 16(R4), [%v]", reg(c))
	add(r, r, one)
	div(r, one, r)
	madd(b, r, c)
	add(b, b, b)
	k.expMinus(b)
	line("VLD1 (R0), [%v]", reg(h))
	sub(c, one, b)
	add(b, b, one)
	mul(c, c, a)
	madd(c, h, b)
	add(a, a, one)
	mul(a, a, b)
	div(h, c, a)
	largerSize(c, h, k.at["guard"])
	line("VAND V%d.B16, V%d.B16, V%d.B16", c, h, h)
	line("VST1.P [%v], 16(R0)", reg(h))
	line("SUB $16, R7")
	line("CBNZ R7, units")
	line("MOVD R3, R1 // behind this row's gates")
	line("SUB $1, R5")
	line("CBNZ R5, row")
	label("end")
	line("RET")
}

// expMinus makes each of x e^-x, x taken as within +-30, as expGo does: with
// x*log2(e) = n + f it is 2^-n 2^-f. It uses V5 to V14.
func (k *constants) expMinus(x ...reg) {
	each := func(step func(x, t, q, p, o reg)) {
		for i, v := range x {
			free := 5 + reg(4*i)
			step(v, free, free+1, free+2, free+3)
		}
	}
	taylor := func(i int) reg { return k.at[fmt.Sprintf("taylor %d", i)] }
	each(func(x, _, _, _, _ reg) { lower(x, x, k.at["limit"]) })
	each(func(x, _, _, _, _ reg) { upper(x, x, k.at["minus limit"]) })
	each(func(x, _, _, _, _ reg) { mul(x, x, k.at["log2(e)"]) })
	each(func(x, t, _, _, _ reg) { add(t, x, k.at["shifter"]) })
	each(func(_, t, q, _, _ reg) { sub(q, t, k.at["shifter"]) })
	each(func(x, _, q, _, _ reg) { sub(x, x, q) })
	each(func(x, _, q, _, _ reg) { mul(q, x, x) })
	series := func(at func(p, o reg) reg, odd, even int) {
		each(func(_, _, _, p, o reg) { copyOf(at(p, o), taylor(even)) })
		each(func(x, _, _, p, o reg) { madd(at(p, o), x, taylor(odd)) })
	}
	series(func(p, _ reg) reg { return p }, 5, 4)
	each(func(_, _, q, p, _ reg) { madd(p, q, taylor(6)) })
	series(func(_, o reg) reg { return o }, 3, 2)
	each(func(_, _, q, p, o reg) { madd(o, p, q) })
	each(func(x, _, _, p, _ reg) { copyOf(p, k.at["one"]); madd(p, x, taylor(1)) })
	each(func(_, _, q, p, o reg) { madd(p, o, q) })
	each(func(_, t, _, _, _ reg) { line("VSHL $23, %v, %v", t, t) })
	each(func(_, t, _, _, _ reg) { line("VSUB %v, %v, %v", t, k.at["one's bits"], t) })
	each(func(x, t, _, p, _ reg) { mul(x, p, t) })
}

// copyOf is to = from.
func copyOf(to, from reg) { line("VORR V%d.B16, V%d.B16, V%d.B16", from, from, to) }

// norm is Norm.
func norm() {
	function("normNEON", 112)
	k := &constants{next: 16}
	k.float("one", 1)
	k.float("floor", 1e-5)
	for _, p := range []struct {
		name   string
		offset int
		to     string
	}{
		{"y_base", 0, "R0"}, {"x_base", 24, "R1"}, {"gain_base", 48, "R2"}, {"bias_base", 72, "R3"},
		{"rows", 96, "R4"}, {"c", 104, "R5"},
	} {
		line("MOVD %s+%d(FP), %s", p.name, p.offset, p.to)
	}
	line("CBZ R4, end")
	const mean, square, inverse, x, gain, bias = 0, 1, 2, 3, 4, 5
	line("SCVTFS R5, F%d", inverse)
	line("VDUP V%d.S[0], %v", inverse, reg(inverse))
	div(inverse, k.at["one"], inverse)
	line("LSL $2, R5")
	over := func(name string, body func()) {
		line("MOVD R1, R6")
		line("MOVD R5, R7")
		label(name)
		line("VLD1.P 16(R6), [%v]", reg(x))
		body()
		line("SUB $16, R7")
		line("CBNZ R7, %s", name)
	}
	total := func(r reg) {
		pairs(r, r, r)
		pairs(r, r, r)
		mul(r, r, inverse)
	}
	label("row")
	line("VEOR V%d.B16, V%d.B16, V%d.B16", mean, mean, mean)
	over("sum", func() { add(mean, mean, x) })
	total(mean)
	line("VEOR V%d.B16, V%d.B16, V%d.B16", square, square, square)
	over("square", func() { sub(x, x, mean); madd(square, x, x) })
	total(square)
	add(square, square, k.at["floor"])
	sqrt(square, square)
	div(square, k.at["one"], square)
	line("MOVD R2, R8")
	line("MOVD R3, R9")
	over("write", func() {
		sub(x, x, mean)
		mul(x, x, square)
		line("VLD1.P 16(R8), [%v]", reg(gain))
		line("VLD1.P 16(R9), [%v]", reg(bias))
		madd(bias, x, gain)
		line("VST1.P [%v], 16(R0)", reg(bias))
	})
	line("MOVD R6, R1")
	line("SUB $1, R4")
	line("CBNZ R4, row")
	label("end")
	line("RET")
}
