//go:build !noasm

package kernel

//go:generate go run -C _generate . -out ../kernels_amd64.s -stubs ../stubs_amd64.go -pkg kernel

import "golang.org/x/sys/cpu"

// native returns the sets in assembly that this processor can run.
func native() []*Set {
	var sets []*Set
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		sets = append(sets, &avx2)
	}
	if len(sets) > 0 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW {
		sets = append(sets, &avx512)
	}
	return sets
}

// avx2 is for processors since 2013 (Intel Haswell) and 2015 (AMD Excavator).
var avx2 = Set{
	Name:     "avx2",
	product:  productAVX2,
	int16:    int16AVX2,
	int8:     int8AVX2,
	quantize: quantizeAVX2,
	norm:     normAVX2,
	gru:      gruAVX2,
	add:      whole2(Lanes, addAVX2),
	relu:     whole1(Lanes, reluAVX2),
	addRelu:  whole2(Lanes, addReluAVX2),
	sigmoid:  whole1(Lanes, sigmoidAVX2),
	tanh:     whole1(Lanes, tanhAVX2),
	log10:    whole1(Lanes, log10AVX2),
	splitter: wholeSplit(splitAVX2),
	cross:    wholeCross(crossAVX2),

	depthwise:     depthwiseAVX2,
	addScaledRelu: addScaledReluAVX2,
	groups:        groupsAVX2,
}

// avx512 has loops of its own where they pay, products of integers among them where there
// is VNNI. They take 16 values at once, and so rows that are not whole vectors of 16 stay with
// AVX2.
var avx512 = func() Set {
	s := avx2
	s.Name = "avx512"
	if cpu.X86.HasAVX512VNNI {
		s.int16, s.int8 = int16VNNI, int8VNNI
	}
	s.product = func(y []float32, ldy int, a []float32, lda int, w []float32, ldw int, b []float32, ldb int, rows, k, n int) {
		if n == Lanes { // half a register
			productAVX2(y, ldy, a, lda, w, ldw, b, ldb, rows, k, n)
			return
		}
		productAVX512(y, ldy, a, lda, w, ldw, b, ldb, rows, k, n)
	}
	s.gru = func(h, g, q []float32, rows, c int) {
		if c%(2*Lanes) != 0 {
			gruAVX2(h, g, q, rows, c)
			return
		}
		gruAVX512(h, g, q, rows, c)
	}
	s.norm = func(y, x, gain, bias []float32, rows, c int) {
		if c%(2*Lanes) != 0 {
			normAVX2(y, x, gain, bias, rows, c)
			return
		}
		normAVX512(y, x, gain, bias, rows, c)
	}
	s.quantize = quantizeAVX512
	s.wake = func() { peakAVX512(1) }
	s.add, s.relu, s.addRelu = whole2(2*Lanes, addAVX512), whole1(2*Lanes, reluAVX512), whole2(2*Lanes, addReluAVX512)
	return s
}()
