//go:build !noasm

package kernel

//go:generate go run -C _generate ./neon -out ../kernels_arm64.s

// native returns the set in assembly. Every arm64 processor has NEON.
func native() []*Set { return []*Set{&neon} }

// neon has the loops that matter; the others are too short to gain. Of integers it has the
// product of weights of 8 bits alone, which are fetched in a quarter of the time; to
// multiply 16 bits takes as long as floats.
var neon = func() Set {
	s := portable
	s.Name, s.product, s.norm, s.gru = "neon", productNEON, normNEON, gruNEON
	s.int8, s.depthwise, s.addScaledRelu = int8NEON, depthwiseNEON, addScaledReluNEON
	return s
}()
