//go:build !noasm

package echo

import (
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/cpu"
)

// What is written in assembly gives the bits of its twin in Go.
func TestKernelsBitForBit(t *testing.T) {
	if !cpu.X86.HasAVX {
		t.Skip("this processor has no AVX")
	}
	r := rand.New(rand.NewPCG(1, 2))
	fill := func(x *[stride]float32) {
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
	}
	var x, w, e row
	var p, s [stride]float32
	for _, v := range []*[stride]float32{&x.re, &x.im, &w.re, &w.im, &e.re, &e.im, &p, &s} {
		fill(v)
	}
	fast, slow := w, w
	accumulateAVX(&fast.re[0], &x.re[0], &e.re[0])
	accumulateGo(&slow, &x, &e)
	if fast != slow {
		t.Error("accumulate differs")
	}
	a, b := s, s
	powerAVX(&a[0], &p[0], &x.re[0])
	powerGo(&b, &p, &x)
	if a != b {
		t.Error("power differs")
	}
	fast, slow = w, w
	a, b = p, p
	updateAVX(&fast.re[0], &a[0], &x.re[0], &e.re[0], &s[0], 0.99, 0.01)
	updateGo(&slow, &b, &x, &e, &s, 0.99, 0.01)
	if fast != slow || a != b {
		t.Error("update differs")
	}
}
