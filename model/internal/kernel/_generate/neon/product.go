package main

import "fmt"

// Registers of the product. The a-rows' pointers start at R19.
const (
	yColumn, bColumn, wColumn = "R0", "R1", "R2" // first row of the block's first column
	columns                   = "R3"             // left to do
	ldy, lda, ldw, ldb        = "R4", "R5", "R6", "R7"
	rowsLeft                  = "R8"
	yRow, bRow, aRow          = "R9", "R10", "R11"
	wK, kLeft                 = "R12", "R13"
	rows, k                   = "R14", "R15"
)

// product is Product by blocks of 4 rows x 16 columns or 8 x 8 whose sums stay
// in 16 registers; a single row goes by 64 columns.
func product() {
	function("productNEON", 152)
	for _, p := range []struct {
		name   string
		offset int
		to     string
	}{
		{"y_base", 0, yColumn}, {"ldy", 24, ldy}, {"lda", 56, lda}, {"w_base", 64, wColumn}, {"ldw", 88, ldw},
		{"b_base", 96, bColumn}, {"ldb", 120, ldb}, {"rows", 128, rows}, {"k", 136, k}, {"n", 144, columns},
	} {
		line("MOVD %s+%d(FP), %s", p.name, p.offset, p.to)
	}
	for _, stride := range []string{ldy, lda, ldw, ldb} {
		line("LSL $2, %s", stride)
	}
	label("columns")
	line("CBZ %s, end", columns)
	line("CMP $1, %s", rows)
	line("BNE many")
	line("CMP $64, %s", columns)
	line("BGE panel16")
	label("many")
	line("CMP $16, %s", columns)
	line("BGE panel4")
	line("B panel2")
	panel(1, 16)
	panel(4, 4)
	panel(8, 2)
	label("end")
	line("RET")
}

// panel does all rows of 4*vectors columns.
func panel(many, vectors int) {
	name := fmt.Sprintf("panel%d", vectors)
	label(name)
	line("MOVD %s, %s", yColumn, yRow)
	line("MOVD %s, %s", bColumn, bRow)
	line("MOVD a_base+32(FP), %s", aRow)
	line("MOVD %s, %s", rows, rowsLeft)
	if many > 1 {
		label(name + "Rows")
		line("CMP $%d, %s", many, rowsLeft)
		line("BLT %sSingle", name)
		block(name, many, vectors)
		line("SUB $%d, %s", many, rowsLeft)
		line("B %sRows", name)
	}
	label(name + "Single")
	line("CBZ %s, %sDone", rowsLeft, name)
	block(name, 1, vectors)
	line("SUB $1, %s", rowsLeft)
	line("B %sSingle", name)
	label(name + "Done")
	for _, p := range []string{yColumn, bColumn, wColumn} {
		line("ADD $%d, %s", 16*vectors, p)
	}
	line("SUB $%d, %s", 4*vectors, columns)
	line("B columns")
}

// block does some rows: sums in V0 to V15, weights from V16 on, the factor in
// the register after them.
func block(name string, count, vectors int) {
	name = fmt.Sprintf("%s%dx%d", name, count, vectors)
	sum := func(row int) reg { return reg(row * vectors) }
	for r := range count {
		load(bRow, sum(r), vectors)
		line("ADD %s, %s", ldb, bRow)
	}
	for r := range count {
		line("MOVD %s, R%d", aRow, 19+r)
		line("ADD %s, %s", lda, aRow)
	}
	line("MOVD %s, %s", wColumn, wK)
	line("MOVD %s, %s", k, kLeft)
	line("CBZ %s, %sSums", kLeft, name)
	label(name + "K")
	for first := 0; first < vectors; first += 4 {
		n := min(4, vectors-first)
		if vectors > 4 {
			// More weights than registers: four vectors at a time.
			if first == 0 {
				line("VLD1R.P 4(R19), [V20.S4]")
				line("MOVD %s, R26", wK)
			}
			line("VLD1.P 64(R26), %s", list(16, n))
			for v := range n {
				madd(sum(0)+reg(first+v), 16+reg(v), 20)
			}
			continue
		}
		line("VLD1 (%s), %s", wK, list(16, n))
		for r := range count {
			factor := 20 + reg(r)
			line("VLD1R.P 4(R%d), [%v]", 19+r, factor)
			for v := range n {
				madd(sum(r)+reg(v), 16+reg(v), factor)
			}
		}
	}
	line("ADD %s, %s", ldw, wK)
	line("SUB $1, %s", kLeft)
	line("CBNZ %s, %sK", kLeft, name)
	label(name + "Sums")
	for r := range count {
		store(yRow, sum(r), vectors)
		line("ADD %s, %s", ldy, yRow)
	}
}
