package dsp

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Whatever the processor, the same bits come out.
func TestDotIsTheSameEverywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for n := range 300 {
		x, w := make([]float32, n+1)[1:], make([]float32, n)
		for i := range n {
			x[i], w[i] = float32(r.NormFloat64()), float32(r.NormFloat64())
		}
		if a, b := dot(x, w), dotGo(x, w); math.Float32bits(a) != math.Float32bits(b) {
			t.Fatalf("%d values: %v, in Go %v", n, a, b)
		}
	}
}
