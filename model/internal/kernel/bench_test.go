package kernel

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkProduct measures the shapes of the network in use, in GFLOP/s: two
// operations per multiply-add.
func BenchmarkProduct(b *testing.B) {
	shapes := []struct {
		name               string
		rows, k, n, stride int // stride of a
	}{
		{"encoder1", 64, 30, 24, 12},
		{"encoder2", 32, 72, 32, 48},
		{"gates", 32, 32, 96, 32},
		{"positions", 32, 32, 32, 32},
		{"wide", 1, 256, 384, 256},
		{"decoder2", 32, 96, 48, 32},
		{"decoder1", 64, 72, 16, 24},
		{"gain", 64, 32, 16, 16},
	}
	for _, set := range sets {
		for _, s := range shapes {
			b.Run(fmt.Sprintf("%s/%s-%dx%dx%d", set.Name, s.name, s.rows, s.k, s.n), func(b *testing.B) {
				y, a := make([]float32, s.rows*s.n), make([]float32, s.rows*s.stride+s.k)
				w, bias := make([]float32, s.k*s.n), make([]float32, s.n)
				for b.Loop() {
					set.Product(y, s.n, a, s.stride, w, s.n, bias, 0, s.rows, s.k, s.n)
				}
				report(b, set, 2*s.rows*s.k*s.n)
			})
		}
	}
}

// BenchmarkOthers measures the loops that are no products, on the sizes of the
// network in use. Operations are counted as the vector kernels do them, a
// division and a square root as one.
func BenchmarkOthers(b *testing.B) {
	const units, c = 1024, 32
	x := func() []float32 {
		v := make([]float32, 3*units)
		for i := range v {
			v[i] = float32(i%7)/4 + 0.1
		}
		return v
	}
	y, u, v, w, g, h, out := x()[:units], x()[:units], x()[:units], x()[:units], x(), x()[:units], x()[:units]
	spec := make([]complex64, units)
	for _, set := range sets {
		for _, o := range []struct {
			name string
			ops  int // per value
			run  func()
		}{
			{"gru", 73, func() { set.GRU(h, g, v, units/c, c) }}, // three exponentials of 20, and the mixing
			{"norm", 8, func() { set.Norm(y, u, v[:c], w[:c], units/c, c) }},
			{"sigmoid", 22, func() { set.Sigmoid(y) }},
			{"tanh", 25, func() { set.Tanh(y) }},
			{"log10", 20, func() { copy(y, u); set.Log10(y) }},
			{"add", 1, func() { set.Add(y, u) }},
			{"relu", 1, func() { set.Relu(y) }},
			{"addRelu", 2, func() { set.AddRelu(y, u) }},
			{"cross", 10, func() { set.Cross(y, h, out, u, v, w, g[:units]) }},
			{"split", 2, func() { set.Split(y, h, spec) }},
		} {
			b.Run(set.Name+"/"+o.name, func(b *testing.B) {
				for b.Loop() {
					o.run()
				}
				report(b, set, o.ops*units)
			})
		}
	}
}

// peakLoop does nothing but multiply-adds, so many operations in a pass.
type peakLoop struct {
	run        func(passes int)
	operations int
}

// peaks are the loops by the name of a set; portable code has none.
var peaks = map[string]peakLoop{}

// measured keeps what peak found.
var measured = map[string]float64{}

// peak returns the most that this processor does with a set's registers, in
// GFLOP/s, or 0. It is measured once.
func peak(set *Set) float64 {
	loop, ok := peaks[set.Name]
	if top, known := measured[set.Name]; known || !ok {
		return top
	}
	const passes = 100_000
	best := time.Hour
	for range 20 {
		begin := time.Now()
		loop.run(passes)
		best = min(best, time.Since(begin))
	}
	measured[set.Name] = float64(passes*loop.operations) / float64(best.Nanoseconds())
	return measured[set.Name]
}

// report adds GFLOP/s of so many operations per run, and their share of the peak.
func report(b *testing.B, set *Set, operations int) {
	speed := float64(operations) * float64(b.N) / float64(b.Elapsed().Nanoseconds())
	b.ReportMetric(speed, "GFLOP/s")
	if top := peak(set); top > 0 {
		b.ReportMetric(100*speed/top, "%peak")
	}
}
