package main

// int8Product is Int8Product: panels of 64 columns, whose sums stay in V16 to V31. A load takes
// the two rows of a pair of inputs and the halves of the columns apart.
func int8Product() {
	function("int8NEON", 164)
	const y, values, count, rows, w, steps, ldp, b, panels = "R0", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8"
	for _, p := range []struct {
		name   string
		offset int
		to     string
	}{
		{"y_base", 0, y}, {"y_len", 8, panels}, {"w_base", 80, w}, {"steps_base", 104, steps}, {"ldp", 128, ldp}, {"b_base", 136,
			b},
	} {
		line("MOVD %s+%d(FP), %s", p.name, p.offset, p.to)
	}
	const (
		pair, step = reg(0), reg(7)
		bytes      = reg(1) // to V4: rows even and odd of the second half of the columns, of the first: see Int8
		turned     = reg(5) // 128, which the second half has more
		wide       = reg(8) // to V11
	)
	line("FMOVS step+72(FP), F%d", step)
	line("VDUP V%d.S[0], %v", step, step)
	line("VMOVI $128, V%d.B16", turned)
	line("LSR $6, %s", panels)
	label("panel")
	line("CBZ %s, end", panels)
	for v := 16; v < 32; v++ {
		line("VEOR V%d.B16, V%d.B16, V%d.B16", v, v, v)
	}
	line("MOVD values_base+24(FP), %s", values)
	line("MOVD values_len+32(FP), %s", count)
	line("MOVD rows_base+48(FP), %s", rows)
	line("CBZ %s, sums", count)
	label("pair")
	line("FMOVS (%s), F%d", values, pair)
	line("ADD $4, %s", values)
	line("MOVWU.P 4(%s), R9", rows)
	line("ADD R9<<7, %s, R9 // a panel's pair of rows has 128 bytes", w)
	for quarter := range 2 {
		line("VLD4.P 64(R9), [V%d.B16, V%d.B16, V%d.B16, V%d.B16]", bytes, bytes+1, bytes+2, bytes+3)
		for half := range reg(2) { // 0: the lower bytes, columns 32 to 63
			for input := range reg(2) {
				from := bytes + 2*input + half
				if half == 0 {
					line("VEOR V%d.B16, V%d.B16, V%d.B16", turned, from, from)
				}
				widen(wide+2*input, from)
				widenUpper(wide+2*input+1, from)
			}
			first := reg(16+4*quarter) + 8*(1-half)
			for input := range 2 {
				for i := range reg(2) {
					from := wide + 2*reg(input) + i
					maddElement(first+2*i, from, pair, input)
					maddElementUpper(first+2*i+1, from, pair, input)
				}
			}
		}
	}
	line("SUB $1, %s", count)
	line("CBNZ %s, pair", count)
	label("sums")
	for v := 16; v < 32; v += 4 {
		line("VLD1.P 64(%s), %s", steps, list(8, 4))
		line("VLD1.P 64(%s), %s", b, list(12, 4))
		for i := range 4 {
			sum, factor, start := reg(v+i), reg(8+i), reg(12+i)
			toFloat(sum, sum)
			mul(factor, factor, step)
			madd(start, sum, factor)
		}
		line("VST1.P %s, 64(%s)", list(12, 4), y)
	}
	line("ADD %s, %s", ldp, w)
	line("SUB $1, %s", panels)
	line("B panel")
	label("end")
	line("RET")
}

// widen makes the lower eight bytes of a 16-bit integers, and widenUpper the upper ones.
func widen(to, a reg) {
	line("WORD $0x%08x // V%d.8H = SXTL(V%d.8B)", 0x0f08a400|uint32(a)<<5|uint32(to), to, a)
}
func widenUpper(to, a reg) {
	line("WORD $0x%08x // V%d.8H = SXTL2(V%d.16B)", 0x4f08a400|uint32(a)<<5|uint32(to), to, a)
}

// maddElement is sum += a * b[lane] for the lower four 16-bit integers of a, and
// maddElementUpper for the upper ones. b is V0 to V15, lane 0 or 1.
func maddElement(sum, a, b reg, lane int) { element("SMLAL", 0x0f402000, "4H", sum, a, b, lane) }

func maddElementUpper(sum, a, b reg, lane int) { element("SMLAL2", 0x4f402000, "8H", sum, a, b, lane) }

func element(name string, code uint32, shape string, sum, a, b reg, lane int) {
	line("WORD $0x%08x // V%d.4S += %s(V%d.%s, V%d.H[%d])",
		code|uint32(lane)<<20|uint32(b)<<16|uint32(a)<<5|uint32(sum), sum, name, a, shape, b, lane)
}

// toFloat makes 32-bit integers floats.
func toFloat(to, a reg) {
	line("WORD $0x%08x // V%d.4S = SCVTF(V%d.4S)", 0x4e21d800|uint32(a)<<5|uint32(to), to, a)
}
