package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const arguments = "dst, src *[480]complex64"

// dft4 is a transform of length 4.
func dft4(x0, x1, x2, x3 Op, odd VecVirtual) [4]VecVirtual {
	a, b := add(x0, x2), add(x1, x3)
	u, v := sub(x0, x2), turn(sub(x1, x3), odd)
	return [4]VecVirtual{add(a, b), add(u, v), sub(a, b), sub(u, v)}
}

// passA takes four p at a time: their results lie side by side only after a
// transposition.
func passA() {
	function("passAAVX", "passAGo", arguments+", w *[3][120]complex64", fourNumbers)
	dst, src, w := pointer("dst"), pointer("src"), pointer("w")
	odd := load(minusOdd())
	const m = half / 4
	loop("a", U64(m/vector), map[Register]int{dst: 4 * step, src: step, w: step}, []Register{dst, src, w}, func() {
		y := dft4(load(at(src, 0)), load(at(src, m)), load(at(src, 2*m)), load(at(src, 3*m)), odd)
		for j := 1; j < 4; j++ {
			wr, wi := parts(at(w, (j-1)*m))
			y[j] = multiply(y[j], wr, wi)
		}
		var low, high [2]VecVirtual // of the numbers 0 and 2, and 1 and 3, of a pair of y
		for i := range 2 {
			low[i], high[i] = YMM(), YMM()
			VUNPCKLPD(y[2*i+1], y[2*i], low[i])
			VUNPCKHPD(y[2*i+1], y[2*i], high[i])
		}
		for i, pair := range [][2]VecVirtual{low, high} {
			first, second := YMM(), YMM()
			VPERM2F128(U8(0x20), pair[1], pair[0], first)
			VPERM2F128(U8(0x31), pair[1], pair[0], second)
			VMOVUPS(first, at(dst, vector*i))
			VMOVUPS(second, at(dst, vector*(i+2)))
		}
	})
	VZEROUPPER()
	RET()
}

func passB() {
	function("passBAVX", "passBGo", arguments+", w *[30][3]complex64", fourNumbers)
	dst, src, w := pointer("dst"), pointer("src"), pointer("w")
	odd := load(minusOdd())
	const m, s = 30, 4
	move := map[Register]int{dst: 4 * s * size, src: s * size, w: 3 * size}
	loop("b", U64(m), move, []Register{dst, src, w}, func() {
		y := dft4(load(at(src, 0)), load(at(src, s*m)), load(at(src, 2*s*m)), load(at(src, 3*s*m)), odd)
		VMOVUPS(y[0], at(dst, 0))
		for j := 1; j < 4; j++ {
			wr, wi := partsOf(at(w, j-1))
			VMOVUPS(multiply(y[j], wr, wi), at(dst, j*s))
		}
	})
	VZEROUPPER()
	RET()
}

func passC() {
	function("passCAVX", "passCGo", arguments+", w *[6][4]complex64", fourNumbers)
	c1, c2 := number("cos72", math.Cos(2*math.Pi/5)), number("cos144", math.Cos(4*math.Pi/5))
	s1, s2 := number("sin72", math.Sin(2*math.Pi/5)), number("sin144", math.Sin(4*math.Pi/5))
	dst, src, w := pointer("dst"), pointer("src"), pointer("w")
	odd := load(minusOdd())
	const m, s = 6, 16
	move := map[Register]int{dst: 5 * s * size, src: s * size, w: 4 * size}
	loop("c", U64(m), move, []Register{dst, src, w}, func() {
		for q := 0; q < s; q += vector {
			var x [5]VecVirtual
			for k := range x {
				x[k] = load(at(src, k*s*m+q))
			}
			be, cd := add(x[1], x[4]), add(x[2], x[3])
			bed, cdd := turn(sub(x[1], x[4]), odd), turn(sub(x[2], x[3]), odd)
			u := add(add(x[0], times(be, c1)), times(cd, c2))
			v := add(add(x[0], times(be, c2)), times(cd, c1))
			r := add(times(bed, s1), times(cdd, s2))
			o := sub(times(bed, s2), times(cdd, s1))
			VMOVUPS(add(add(x[0], be), cd), at(dst, q))
			for j, y := range []VecVirtual{add(u, r), add(v, o), sub(v, o), sub(u, r)} {
				wr, wi := partsOf(at(w, j))
				VMOVUPS(multiply(y, wr, wi), at(dst, (j+1)*s+q))
			}
		}
	})
	VZEROUPPER()
	RET()
}

func passD() {
	function("passDAVX", "passDGo", arguments, fourNumbers)
	h, oneHalf := number("sin120", math.Sin(2*math.Pi/3)), number("oneHalf", 0.5)
	dst, src := pointer("dst"), pointer("src")
	odd := load(minusOdd())
	const s = half / 6
	dft3 := func(x0, x1, x2 VecVirtual) [3]VecVirtual {
		sum := add(x1, x2)
		u := sub(x0, times(sum, oneHalf))
		v := times(turn(sub(x1, x2), odd), h)
		return [3]VecVirtual{add(x0, sum), add(u, v), sub(u, v)}
	}
	loop("d", U64(s/vector), map[Register]int{dst: step, src: step}, []Register{dst, src}, func() {
		x := func(k int) VecVirtual { return load(at(src, k*s)) }
		a, b := dft3(x(0), x(2), x(4)), dft3(x(3), x(5), x(1))
		for i, to := range [][2]int{{0, 3}, {4, 1}, {2, 5}} {
			VMOVUPS(add(a[i], b[i]), at(dst, to[0]*s))
			VMOVUPS(sub(a[i], b[i]), at(dst, to[1]*s))
		}
	})
	VZEROUPPER()
	RET()
}
