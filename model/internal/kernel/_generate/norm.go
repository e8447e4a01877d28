package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// normer is what the code of several rows of a layer norm shares.
type normer struct {
	*width
	x, y, gain, bias GPVirtual
	c, c3            GPVirtual // bytes of a row, and of three
	inverse          VecVirtual
}

// norm writes the layer norm, by AVX2 and by AVX-512: so many rows at a time, whose sums are
// added up together, and four of which share a square root and a division.
func norm() {
	normBy("normAVX2", narrow(), 4)
	normBy("normAVX512", wide(), 8)
}

func normBy(name string, w *width, together int) {
	function(name, "func(y, x, gain, bias []float32, rows, c int)",
		name+" is normGo:", "",
		"\ty[row*c+i] = (x[row*c+i]-mean) / sqrt(variance+1e-5) * gain[i] + bias[i]", "",
		fmt.Sprintf("with mean and variance over each row. c is a multiple of %d.", w.bytes/4))
	n := &normer{width: w, y: base("y"), x: base("x"), gain: base("gain"), bias: base("bias")}
	rows := parameter("rows")
	n.c, n.c3 = stride("c"), GP64()
	LEAQ(Mem{Base: n.c, Index: n.c, Scale: 2}, n.c3)

	// 1/c in all places.
	count, unit := parameter("c"), XMM()
	n.inverse = XMM()
	VXORPS(n.inverse, n.inverse, n.inverse)
	VCVTSI2SSQ(count, n.inverse, n.inverse)
	VBROADCASTSS(n.inverse, n.inverse)
	VMOVUPS(constant("one", values["one"]), unit)
	VDIVPS(n.inverse, unit, n.inverse)

	whileLeft("several", rows, together, func() { n.rows("several", together) })
	whileLeft("single", rows, 1, func() { n.rows("single", 1) })
	VZEROUPPER()
	RET()
}

// rows does some rows and moves on.
func (n *normer) rows(label string, rows int) {
	means, scales := n.vectors(rows), n.vectors(rows)
	for r := range rows {
		VXORPS(means[r].AsX(), means[r].AsX(), means[r].AsX())
		VXORPS(scales[r].AsX(), scales[r].AsX(), scales[r].AsX())
	}
	n.over(label+"Sum", func(i GPVirtual) {
		for r, x := range n.places(n.x, i, rows) {
			VADDPS(x, means[r], means[r])
		}
	})
	n.byFour(means, func(mean VecVirtual) { VMULPS(n.inverse, mean, mean) })
	n.over(label+"Square", func(i GPVirtual) {
		for r, x := range n.places(n.x, i, rows) {
			d := n.vector()
			VMOVUPS(x, d)
			VSUBPS(means[r], d, d)
			VFMADD231PS(d, d, scales[r])
		}
	})
	n.byFour(scales, func(scale VecVirtual) {
		unit := XMM()
		VMOVUPS(float("normFloor", 1e-5), unit)
		VFMADD213PS(unit, n.inverse, scale) // variance + floor
		VSQRTPS(scale, scale)
		VMOVUPS(constant("one", values["one"]), unit)
		VDIVPS(scale, unit, scale)
	})
	n.over(label+"Write", func(i GPVirtual) {
		gain, bias := n.vector(), n.vector()
		VMOVUPS(Mem{Base: n.gain, Index: i, Scale: 1}, gain)
		VMOVUPS(Mem{Base: n.bias, Index: i, Scale: 1}, bias)
		y := n.places(n.y, i, rows)
		for r, x := range n.places(n.x, i, rows) {
			d := n.vector()
			VMOVUPS(x, d)
			VSUBPS(means[r], d, d)
			VMULPS(scales[r], d, d)
			VFMADD213PS(bias, gain, d)
			VMOVUPS(d, y[r])
		}
	})
	for range rows {
		ADDQ(n.c, n.x)
		ADDQ(n.c, n.y)
	}
}

// places are where the values i of up to eight rows lie, from p on.
func (n *normer) places(p, i GPVirtual, rows int) []Mem {
	all := make([]Mem, rows)
	var first GPVirtual
	for r := range all {
		switch r % 4 {
		case 0:
			first = GP64()
			if r == 0 {
				LEAQ(Mem{Base: p, Index: i, Scale: 1}, first)
			} else {
				LEAQ(Mem{Base: all[0].Base, Index: n.c, Scale: 4}, first)
			}
			all[r] = Mem{Base: first}
		case 1, 2:
			all[r] = Mem{Base: first, Index: n.c, Scale: uint8(r % 4)}
		case 3:
			all[r] = Mem{Base: first, Index: n.c3, Scale: 1}
		}
	}
	return all
}

// over runs body for each vector of a row; i is its place in bytes.
func (n *normer) over(label string, body func(i GPVirtual)) {
	i := GP64()
	XORQ(i, i)
	Label(label)
	body(i)
	ADDQ(U32(n.bytes), i)
	CMPQ(i, n.c)
	JLT(LabelRef(label))
}

// byFour puts in all places of each vector what becomes of its sum. that is done to four
// sums, or one, at a time.
func (n *normer) byFour(v []VecVirtual, that func(sums VecVirtual)) {
	for len(v) > 0 {
		some := v[:min(4, len(v))]
		v = v[len(some):]
		sums := n.sumEach(some)
		that(sums)
		n.spreadEach(sums, some)
	}
}

// sumEach returns the sums over four vectors, or four times that over one.
func (n *normer) sumEach(v []VecVirtual) VecVirtual {
	var quarters VecVirtual // each 128 bits have the sums over the same of all vectors
	if len(v) == 4 {
		quarters = n.pairSums(n.pairSums(v[0], v[1]), n.pairSums(v[2], v[3]))
	} else {
		pairs := n.pairSums(v[0], v[0])
		quarters = n.pairSums(pairs, pairs)
	}
	sum, half, quarter := XMM(), YMM(), XMM()
	if n.bytes > bytes(1) {
		VEXTRACTF32X8(Imm(1), quarters, half)
		VADDPS(quarters.AsY(), half, half)
		VEXTRACTF32X4(Imm(1), half, quarter)
	} else {
		VMOVAPS(quarters, half)
		VEXTRACTF128(Imm(1), half, quarter)
	}
	VADDPS(half.AsX(), quarter, sum)
	return sum
}

// pairSums adds neighbours: of a in the lower half of every 128 bits, of b above.
func (n *normer) pairSums(a, b VecVirtual) VecVirtual {
	odd, even := n.vector(), n.vector()
	VSHUFPS(Imm(0b11_01_11_01), b, a, odd)
	VSHUFPS(Imm(0b10_00_10_00), b, a, even)
	VADDPS(odd, even, even)
	return even
}

// spreadEach spreads the r-th of four values over the r-th vector.
func (n *normer) spreadEach(values VecVirtual, to []VecVirtual) {
	all := n.vector()
	if n.bytes > bytes(1) {
		VSHUFF32X4(Imm(0), values.AsZ(), values.AsZ(), all)
	} else {
		VINSERTF128(Imm(1), values, values.AsY(), all)
	}
	for r, v := range to {
		VPERMILPS(Imm(uint64(r*0b01_01_01_01)), all, v)
	}
}
