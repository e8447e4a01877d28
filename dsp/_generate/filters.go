package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// width is how many float32 a register holds.
const width = 2 * vector

// polyphase is a matrix product with sixteen columns, in registers of so many bytes:
// y[r*16+j] = sum over i of x[r*stride+i] * w[i*16+j].
//
// What is left of the rows is one block again, of any size: a unit that takes four
// cycles wants eight sums under way, and three blocks of four, two and one row would
// take three times as long.
func polyphase(name string, bytes, most int) {
	const columns = 4 * 16 // in bytes
	function(name, "polyphaseGo", "y, x, w *float32, rows, taps, stride int", fmt.Sprintf("up to %d rows at a time", most))
	y, x, w := pointer("y"), pointer("x"), pointer("w")
	rows, taps, stride := pointer("rows"), pointer("taps"), pointer("stride")
	SHLQ(Imm(2), stride) // in bytes
	three := GP64()
	LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, three)
	const near = 4 // rows that an address reaches
	row := func(x []Register, r int) Mem {
		first := x[r/near]
		return []Mem{{Base: first}, {Base: first, Index: stride, Scale: 1}, {Base: first, Index: stride, Scale: 2},
			{Base: first, Index: three, Scale: 1}}[r%near]
	}
	parts := columns / bytes
	for n := most; n > 0; n-- {
		label := fmt.Sprintf("polyphase%d", n)
		next := fmt.Sprintf("polyphaseBelow%d", n)
		Label(label)
		CMPQ(rows, U8(n))
		JL(LabelRef(next))
		sums := zeros(parts*n, bytes)
		from, weights := []Register{copyOf(x)}, copyOf(w)
		for r := near; r < n; r += near {
			further := GP64()
			LEAQ(Mem{Base: from[len(from)-1], Index: stride, Scale: near}, further)
			from = append(from, further)
		}
		move := map[Register]int{weights: columns}
		for _, f := range from {
			move[f] = 4
		}
		loop(label+"Taps", taps, move, append(from, weights), func() {
			v := loads(Mem{Base: weights}, parts, bytes)
			for r := range n {
				if parts == 1 {
					VFMADD231PS_BCST(row(from, r), v[0], sums[r])
					continue
				}
				one := spread(row(from, r))
				for i := range parts {
					VFMADD231PS(v[i], one, sums[r*parts+i])
				}
			}
		})
		for i, sum := range sums {
			VMOVUPS(sum, Mem{Base: y}.Offset(bytes*i))
		}
		ADDQ(U32(columns*n), y)
		for range n {
			ADDQ(stride, x)
		}
		SUBQ(U8(n), rows)
		JMP(LabelRef(label))
		Label(next)
	}
	VZEROUPPER()
	RET()
}

// glideFilter is a filter between two others:
// y[i] = a[i] + part[i]*(b[i]-a[i]), where a[i] = sum over k of x[i+k] * wa[k], and b the same of wb.
func glideFilter() {
	function("glideFilterAVX", "glideFilterGo", "y, x, wa, wb, part *float32, taps, n int",
		"eight outputs at a time; n is a multiple of eight")
	y, x, wa, wb, part := pointer("y"), pointer("x"), pointer("wa"), pointer("wb"), pointer("part")
	taps, n := pointer("taps"), pointer("n")
	for _, vectors := range []int{4, 3, 2, 1} {
		label := fmt.Sprintf("glide%d", vectors)
		next := fmt.Sprintf("glideBelow%d", vectors)
		Label(label)
		CMPQ(n, U8(vectors*width))
		JL(LabelRef(next))
		as, bs := zeros(vectors, 4*width), zeros(vectors, 4*width)
		from, a, b := copyOf(x), copyOf(wa), copyOf(wb)
		loop(label+"Taps", taps, map[Register]int{from: 4, a: 4, b: 4}, []Register{from, a, b}, func() {
			va, vb := spread(Mem{Base: a}), spread(Mem{Base: b})
			for i := range vectors {
				v := load(Mem{Base: from}.Offset(4 * width * i))
				VADDPS(times(v, va), as[i], as[i])
				VADDPS(times(v, vb), bs[i], bs[i])
			}
		})
		for i := range vectors {
			v := times(sub(bs[i], as[i]), Mem{Base: part}.Offset(4*width*i))
			VMOVUPS(add(as[i], v), Mem{Base: y}.Offset(4*width*i))
		}
		for _, p := range []Register{y, x, part} {
			ADDQ(U32(4*width*vectors), p)
		}
		SUBQ(U32(vectors*width), n)
		JMP(LabelRef(label))
		Label(next)
	}
	VZEROUPPER()
	RET()
}

// between is the largest magnitude of three filters of 24 taps, summed as dot does: taps
// that are eight apart first, then in pairs.
func between() {
	const taps, phases = 24, 3
	function("betweenAVX", "betweenGo", "y, x, w *float32, n int",
		"eight values at a time; w has the rows between samples, n is a multiple of eight")
	y, x, w := pointer("y"), pointer("x"), pointer("w")
	magnitude := load(constant("magnitude", 1<<31-1, 1<<31-1))
	eachEight([]Register{y, x}, func() {
		peak := YMM()
		VXORPS(peak, peak, peak)
		for p := range phases {
			product := func(k int) VecVirtual {
				return times(spread(Mem{Base: w}.Offset(4*(p*taps+k))), Mem{Base: x}.Offset(4*k))
			}
			var sum func(k, count int) VecVirtual
			sum = func(k, count int) VecVirtual {
				if count == 1 {
					return add(add(product(k), product(k+width)), product(k+2*width))
				}
				return add(sum(k, count/2), sum(k+count/2, count/2))
			}
			v := YMM()
			VANDPS(magnitude, sum(0, width), v)
			VMAXPS(peak, v, peak)
		}
		VMOVUPS(peak, Mem{Base: y})
	})
}

// furthest is the largest of the values' bits without their sign, less lo, as unsigned
// numbers.
func furthest() {
	function("furthestAVX2", "furthestGo", "p *float32, lo uint32, n int",
		"eight values at a time; n is a multiple of eight, and above 0", "uint32")
	p := pointer("p")
	least, most := YMM(), YMM()
	VMOVD(Load(Param("lo"), GP32()), least.AsX())
	VPBROADCASTD(least.AsX(), least)
	VPXOR(most.AsX(), most.AsX(), most.AsX())
	n := pointer("n")
	SHRQ(Imm(3), n)
	loop("eight", n, map[Register]int{p: 4 * width}, []Register{p}, func() {
		v := load(Mem{Base: p})
		VPSLLD(Imm(1), v, v)
		VPSUBD(least, v, v)
		VPMAXUD(v, most, most)
	})
	upper := XMM()
	VEXTRACTI128(Imm(1), most, upper)
	VPMAXUD(upper, most.AsX(), most.AsX())
	for _, order := range []uint64{0x4e, 0xb1} { // halves, then neighbours change places
		VPSHUFD(Imm(order), most.AsX(), upper)
		VPMAXUD(upper, most.AsX(), most.AsX())
	}
	result := GP32()
	VMOVD(most.AsX(), result)
	VZEROUPPER()
	Store(result, ReturnIndex(0))
	RET()
}

// register is one of so many bytes.
func register(bytes int) VecVirtual {
	if bytes == 4*width {
		return YMM()
	}
	return ZMM()
}

// zeros are n sums that begin at 0.
func zeros(n, bytes int) []VecVirtual {
	none := register(bytes)
	VXORPS(none.AsX(), none.AsX(), none.AsX())
	sums := make([]VecVirtual, n)
	for i := range sums {
		sums[i] = register(bytes)
		VMOVAPS(none, sums[i])
	}
	return sums
}

// loads are n registers from m on.
func loads(m Mem, n, bytes int) []VecVirtual {
	all := make([]VecVirtual, n)
	for i := range all {
		all[i] = register(bytes)
		VMOVUPS(m.Offset(bytes*i), all[i])
	}
	return all
}

// spread is one value in all places.
func spread(m Mem) VecVirtual { v := YMM(); VBROADCASTSS(m, v); return v }

func copyOf(p Register) GPVirtual { q := GP64(); MOVQ(p, q); return q }
