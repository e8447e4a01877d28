//go:build !noasm

package dsp

import (
	"math/rand/v2"
	"testing"
)

// What is converted does not depend on how wide the processor's registers are.
func TestPolyphaseBitForBit(t *testing.T) {
	if !haveAVX512 {
		t.Skip("this processor has no AVX-512")
	}
	r := rand.New(rand.NewPCG(13, 14))
	for range 300 {
		rows, taps, stride := 1+r.IntN(20), 1+r.IntN(60), 1+r.IntN(30)
		x, w := guarded(r, (rows-1)*stride+taps), guarded(r, taps*groupSize)
		wide, narrow := guarded(r, rows*groupSize), guarded(r, rows*groupSize)
		polyphaseAVX512(&wide.values[0], &x.values[0], &w.values[0], rows, taps, stride)
		polyphaseFMA(&narrow.values[0], &x.values[0], &w.values[0], rows, taps, stride)
		same(t, wide.values, narrow.values)
		wide.check(t)
		narrow.check(t)
	}
}
