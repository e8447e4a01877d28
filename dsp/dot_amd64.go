//go:build !noasm

package dsp

import "golang.org/x/sys/cpu"

var haveAVX = cpu.X86.HasAVX

//go:noescape
func dotAVX(x, w *float32, n int) float32

// dot is the sum of x[i]*w[i]; both have the same length. It gives the bits of
// dotGo.
func dot(x, w []float32) float32 {
	if n := len(x); haveAVX && n%8 == 0 && n > 0 {
		w = w[:n]
		return dotAVX(&x[0], &w[0], n)
	}
	return dotGo(x, w)
}
