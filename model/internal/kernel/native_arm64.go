//go:build !noasm

package kernel

//go:generate go run -C _generate ./neon -out ../kernels_arm64.s

// native returns the set in assembly. Every arm64 processor has NEON.
func native() []*Set { return []*Set{&neon} }

// neon has the loops that matter; the others are too short to gain.
var neon = func() Set {
	s := portable
	s.Name, s.product, s.norm, s.gru = "neon", productNEON, normNEON, gruNEON
	return s
}()
