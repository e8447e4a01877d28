//go:build !noasm

package dsp

import (
	"math"
	"math/rand/v2"
	"testing"
)

// What is written in assembly gives the bits of its twin in Go, and writes
// nothing beyond its array.
func TestPassesBitForBit(t *testing.T) {
	if !haveAVX {
		t.Skip("this processor has no AVX")
	}
	type call func(dst, src []complex64)
	pass := func(f func(dst, src *[half]complex64)) call {
		return func(dst, src []complex64) { f((*[half]complex64)(dst), (*[half]complex64)(src)) }
	}
	for name, c := range map[string]struct {
		fast, slow call
	}{
		"A": {pass(passA), pass(func(dst, src *[half]complex64) { passAGo(dst, src, &twiddlesA) })},
		"B": {pass(passB), pass(func(dst, src *[half]complex64) { passBGo(dst, src, &twiddlesB) })},
		"C": {pass(passC), pass(func(dst, src *[half]complex64) { passCGo(dst, src, &twiddlesC) })},
		"D": {pass(passD), pass(passDGo)},
		"separate": {
			func(dst, src []complex64) { separate((*[Bins]complex64)(dst), (*[half]complex64)(src)) },
			func(dst, src []complex64) {
				separateGo((*[Bins]complex64)(dst), (*[half]complex64)(src), &twiddlesReal)
			},
		},
		"join": {
			func(dst, src []complex64) { join((*[half]complex64)(dst), (*[Bins]complex64)(src)) },
			func(dst, src []complex64) { joinGo((*[half]complex64)(dst), (*[Bins]complex64)(src), &twiddlesReal) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			// Arrays at any address, between numbers that have to stay.
			const guards = 5
			src := make([]complex64, guards+Bins+guards)
			for i := range src {
				src[i] = complex(float32(r.NormFloat64()), float32(r.NormFloat64()))
			}
			fast, slow := make([]complex64, len(src)), make([]complex64, len(src))
			for first := range guards {
				copy(fast, src)
				copy(slow, src)
				c.fast(fast[first:][:Bins], src[guards-first:][:Bins])
				c.slow(slow[first:][:Bins], src[guards-first:][:Bins])
				for i := range fast {
					if parts(fast[i]) != parts(slow[i]) {
						t.Fatalf("number %d is %v, in Go %v", i-first, fast[i], slow[i])
					}
				}
			}
		})
	}
}

func parts(x complex64) [2]uint32 {
	return [2]uint32{math.Float32bits(real(x)), math.Float32bits(imag(x))}
}
