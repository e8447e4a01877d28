package dsp

import (
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/dsp/fourier"
)

// noise returns n samples of white noise in -1..1, the same for one seed.
func noise(seed uint64, n int) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, n)
	for i := range x {
		x[i] = 2*r.Float32() - 1
	}
	return x
}

// pack puts 960 reals where forward expects them.
func (f *fft) pack(x []float32) {
	for i := range f.a {
		f.a[i] = complex(x[2*i], x[2*i+1])
	}
}

func TestFFTAgainstGonum(t *testing.T) {
	ref := fourier.NewFFT(Window)
	inputs := map[string][]float32{"noise": noise(1, Window), "silence": make([]float32, Window)}
	for _, at := range []int{0, 1, 2, 479, 480, 959} {
		x := make([]float32, Window)
		x[at] = 1
		inputs[fmt.Sprintf("impulse %d", at)] = x
	}
	for name, x := range inputs {
		t.Run(name, func(t *testing.T) {
			x64 := make([]float64, Window)
			rms := 0.0
			for i, v := range x {
				x64[i] = float64(v)
				rms += float64(v) * float64(v)
			}
			rms = math.Sqrt(rms) // of a bin, by Parseval
			want := ref.Coefficients(nil, x64)
			var f fft
			spec := make([]complex64, Bins)
			f.pack(x)
			f.forward(spec)
			worst := 0.0
			for k, w := range want {
				worst = max(worst, cmplx.Abs(complex128(spec[k])-w))
			}
			if worst > 1e-6*rms {
				t.Errorf("forward is off by %.3g of the rms bin", worst/rms)
			}
			f.inverse(spec)
			worst = 0
			for i := range f.a {
				worst = max(worst, math.Abs(float64(real(f.a[i])-x[2*i])), math.Abs(float64(-imag(f.a[i])-x[2*i+1])))
			}
			if worst > 5e-7 {
				t.Errorf("inverse is off by %.3g", worst)
			}
		})
	}
}

func BenchmarkFFT(b *testing.B) {
	var f fft
	x := noise(1, Window)
	spec := make([]complex64, Bins)
	for b.Loop() {
		f.pack(x)
		f.forward(spec)
	}
}

// BenchmarkFFTGonum is what the standard library of numerics would take.
func BenchmarkFFTGonum(b *testing.B) {
	ref := fourier.NewFFT(Window)
	x := make([]float64, Window)
	for i, v := range noise(1, Window) {
		x[i] = float64(v)
	}
	spec := make([]complex128, Bins)
	for b.Loop() {
		ref.Coefficients(spec, x)
	}
}
