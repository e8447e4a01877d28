package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// chains is how many sums grow side by side: a multiply-add takes four cycles and
// two begin in each, so that eight would do.
const chains = 12

// peak is what the benchmarks compare the kernels with.
func peak() {
	for _, p := range []struct {
		name     string
		lanes    int
		register func() VecVirtual
		clear    func(x Op)
		use      string
	}{
		{"peakAVX2", 8, YMM, func(x Op) { VXORPS(x, x, x) }, "the benchmarks"},
		{"peakAVX512", 16, ZMM, func(x Op) { VPXORD(x, x, x) }, "the benchmarks and for Wake"},
	} {
		function(p.name, "func(n int)",
			fmt.Sprintf("%s does n times %d multiply-adds in registers alone: the most that the processor", p.name,
				chains*p.lanes),
			"can do. It is there for "+p.use+", and n is 1 at least.")
		n, factor := parameter("n"), p.register()
		p.clear(factor)
		sums := make([]VecVirtual, chains)
		for i := range sums {
			sums[i] = p.register()
			p.clear(sums[i])
		}
		Label("loop")
		for _, s := range sums {
			VFMADD231PS(factor, factor, s)
		}
		DECQ(n)
		JNZ(LabelRef("loop"))
		VZEROUPPER()
		RET()
	}
}
