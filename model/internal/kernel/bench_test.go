package kernel

import (
	"fmt"
	"testing"
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
		{"decoder2", 32, 64, 24, 32},
		{"decoder1", 64, 48, 8, 24},
		{"gain", 128, 24, 8, 8},
	}
	for _, set := range sets {
		for _, s := range shapes {
			b.Run(fmt.Sprintf("%s/%s-%dx%dx%d", set.Name, s.name, s.rows, s.k, s.n), func(b *testing.B) {
				y, a := make([]float32, s.rows*s.n), make([]float32, s.rows*s.stride+s.k)
				w, bias := make([]float32, s.k*s.n), make([]float32, s.n)
				for b.Loop() {
					set.Product(y, s.n, a, s.stride, w, s.n, bias, 0, s.rows, s.k, s.n)
				}
				flops := 2 * float64(s.rows*s.k*s.n) * float64(b.N)
				b.ReportMetric(flops/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
	}
}

// BenchmarkGates measures the activations of one block: 32 rows of 32 units.
func BenchmarkGates(b *testing.B) {
	for _, set := range sets {
		b.Run(set.Name, func(b *testing.B) {
			h, g, q := make([]float32, 1024), make([]float32, 3*1024), make([]float32, 1024)
			for b.Loop() {
				set.GRU(h, g, q, 32, 32)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1024, "ns/unit")
		})
	}
}

// BenchmarkNorm measures one layer norm of a block.
func BenchmarkNorm(b *testing.B) {
	for _, set := range sets {
		b.Run(set.Name, func(b *testing.B) {
			y, x, g := make([]float32, 1024), make([]float32, 1024), make([]float32, 32)
			for b.Loop() {
				set.Norm(y, x, g, g, 32, 32)
			}
		})
	}
}
