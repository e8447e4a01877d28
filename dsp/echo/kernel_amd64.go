//go:build !noasm

package echo

import "golang.org/x/sys/cpu"

//go:generate go run -C _generate . -out ../kernels_amd64.s -stubs ../stubs_amd64.go -pkg echo

func accumulate(y, x, w *row) {
	if cpu.X86.HasAVX {
		accumulateAVX(&y.re[0], &x.re[0], &w.re[0])
		return
	}
	accumulateGo(y, x, w)
}

func power(y, p *[stride]float32, x *row) {
	if cpu.X86.HasAVX {
		powerAVX(&y[0], &p[0], &x.re[0])
		return
	}
	powerGo(y, p, x)
}

func update(w *row, p *[stride]float32, x, e *row, r *[stride]float32, a, least float32) {
	if cpu.X86.HasAVX {
		updateAVX(&w.re[0], &p[0], &x.re[0], &e.re[0], &r[0], a, least)
		return
	}
	updateGo(w, p, x, e, r, a, least)
}
