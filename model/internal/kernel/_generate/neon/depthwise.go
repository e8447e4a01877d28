package main

import "fmt"

// depthwise is Depthwise, by blocks of 16 columns and then 8.
func depthwise() {
	function("depthwiseNEON", 112)
	const y, ldy, x, ldx, w, rows, taps, columns, n = "R0", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8"
	for _, p := range []struct {
		name   string
		offset int
		to     string
	}{
		{"y_base", 0, y}, {"ldy", 24, ldy}, {"x_base", 32, x}, {"ldx", 56, ldx}, {"w_base", 64, w},
		{"rows", 88, rows}, {"taps", 96, taps}, {"n", 104, columns},
	} {
		line("MOVD %s+%d(FP), %s", p.name, p.offset, p.to)
	}
	line("LSL $2, %s", ldy)
	line("LSL $2, %s", ldx)
	line("LSL $2, %s, %s", columns, n)
	const yRow, xRow, left, from, factors, tap = "R9", "R10", "R11", "R12", "R13", "R14"
	block := func(vectors int) {
		name := fmt.Sprintf("by%d", 4*vectors)
		line("MOVD %s, %s", y, yRow)
		line("MOVD %s, %s", x, xRow)
		line("MOVD %s, %s", rows, left)
		label(name + "Row")
		for v := range vectors {
			line("VEOR V%d.B16, V%d.B16, V%d.B16", v, v, v)
		}
		line("MOVD %s, %s", xRow, from)
		line("MOVD %s, %s", w, factors)
		line("MOVD %s, %s", taps, tap)
		label(name + "Tap")
		load(from, 16, vectors)
		load(factors, 20, vectors)
		for v := range vectors {
			madd(reg(v), reg(16+v), reg(20+v))
		}
		line("ADD %s, %s", n, from)
		line("ADD %s, %s", n, factors)
		line("SUB $1, %s", tap)
		line("CBNZ %s, %sTap", tap, name)
		store(yRow, 0, vectors)
		line("ADD %s, %s", ldy, yRow)
		line("ADD %s, %s", ldx, xRow)
		line("SUB $1, %s", left)
		line("CBNZ %s, %sRow", left, name)
		for _, p := range []string{y, x, w} {
			line("ADD $%d, %s", 16*vectors, p)
		}
		line("SUB $%d, %s", 4*vectors, columns)
	}
	label("columns")
	line("CMP $16, %s", columns)
	line("BLT narrow")
	block(4)
	line("B columns")
	label("narrow")
	line("CBZ %s, end", columns)
	block(2)
	line("B narrow")
	label("end")
	line("RET")
}

// scaled is AddScaledRelu, four values at a time.
func scaled() {
	function("addScaledReluNEON", 96)
	const y, left, x, w, b, n = "R0", "R1", "R2", "R3", "R4", "R5"
	for _, p := range []struct {
		name   string
		offset int
		to     string
	}{{"y_base", 0, y}, {"y_len", 8, left}, {"x_base", 24, x}, {"w_base", 48, w}, {"w_len", 56, n}, {"b_base", 72, b}} {
		line("MOVD %s+%d(FP), %s", p.name, p.offset, p.to)
	}
	const value, factor, sum, zero, out = 0, 1, 2, 3, 4
	line("VEOR V%d.B16, V%d.B16, V%d.B16", zero, zero, zero)
	label("row")
	line("CBZ %s, end", left)
	line("MOVD %s, R6", w)
	line("MOVD %s, R7", b)
	line("MOVD %s, R8", n)
	label("columns")
	line("VLD1.P 16(%s), [%v]", x, reg(value))
	line("VLD1.P 16(R6), [%v]", reg(factor))
	line("VLD1.P 16(R7), [%v]", reg(sum))
	line("VLD1 (%s), [%v]", y, reg(out))
	madd(sum, value, factor)
	upper(sum, sum, zero)
	add(out, out, sum)
	line("VST1.P [%v], 16(%s)", reg(out), y)
	line("SUB $4, R8")
	line("CBNZ R8, columns")
	line("SUB %s, %s", n, left)
	line("B row")
	label("end")
	line("RET")
}
