package kernel

import (
	"fmt"
	"math"
	"testing"
)

// TestElementwise compares all loops over plain slices, at all lengths.
func TestElementwise(t *testing.T) {
	relu := func(x float64) float64 { return max(x, 0) }
	each(t, func(t *testing.T, s *Set) {
		r := newSource(4)
		cases := []struct {
			name      string
			value     func() float32
			run       func(y, x []float32)
			want      func(y, x float64) float64
			tolerance float64
		}{
			{"add", r.normal, s.Add, func(y, x float64) float64 { return y + x }, 1e-7},
			{"relu", r.normal, func(y, _ []float32) { s.Relu(y) }, func(y, _ float64) float64 { return relu(y) }, 0},
			{"addRelu", r.normal, s.AddRelu, func(y, x float64) float64 { return relu(y + x) }, 1e-7},
			{"sigmoid", r.wide, func(y, _ []float32) { s.Sigmoid(y) }, func(y, _ float64) float64 { return sigmoid(y) }, 2e-7},
			{"tanh", r.wide, func(y, _ []float32) { s.Tanh(y) }, func(y, _ float64) float64 { return math.Tanh(y) }, 4e-7},
			{"log10", r.positive, func(y, _ []float32) { s.Log10(y) }, func(y, _ float64) float64 { return math.Log10(y) }, 3e-7},
		}
		for _, c := range cases {
			for n := range 70 {
				y, check := r.slice(t, n, c.value)
				x, checkX := r.slice(t, n, c.value)
				want := make([]float64, n)
				for i := range want {
					want[i] = c.want(float64(y[i]), float64(x[i]))
				}
				c.run(y, x)
				check(c.name)
				checkX(c.name)
				near(t, fmt.Sprintf("%s of %d", c.name, n), y, want, c.tolerance)
			}
		}
	})
}

// TestActivationsEverywhere goes through their whole range in small steps.
func TestActivationsEverywhere(t *testing.T) {
	each(t, func(t *testing.T, s *Set) {
		var x, y [8]float32
		for v := float32(-35.0); v < 35; v += 0.003 {
			for i := range x {
				x[i] = v + 0.0004*float32(i)
			}
			y = x
			s.Sigmoid(y[:])
			for i, got := range y {
				if d := math.Abs(float64(got) - sigmoid(float64(x[i]))); d > 2e-7 {
					t.Fatalf("sigmoid(%v) is off by %.2g", x[i], d)
				}
			}
			y = x
			s.Tanh(y[:])
			for i, got := range y {
				if d := math.Abs(float64(got) - math.Tanh(float64(x[i]))); d > 4e-7 {
					t.Fatalf("tanh(%v) is off by %.2g", x[i], d)
				}
			}
		}
	})
}

func TestCrossAndSplit(t *testing.T) {
	each(t, func(t *testing.T, s *Set) {
		r := newSource(5)
		for n := range 70 {
			var in [4][]float32
			for i := range in {
				in[i], _ = r.slice(t, n, r.normal)
			}
			var out [3][]float32
			var check [3]func(string)
			for i := range out {
				out[i], check[i] = r.slice(t, n, r.normal)
			}
			s.Cross(out[0], out[1], out[2], in[0], in[1], in[2], in[3])
			for i := range n {
				check[i%3]("cross")
				a, b := complex(float64(in[0][i]), float64(in[1][i])), complex(float64(in[2][i]), -float64(in[3][i]))
				want := []float64{real(a * b), imag(a * b), math.Hypot(real(a*b), imag(a*b))}
				near(t, "cross", []float32{out[0][i], out[1][i], out[2][i]}, want, 1e-6)
			}
			spec := make([]complex64, n)
			for i := range spec {
				spec[i] = complex(r.wide(), r.wide())
			}
			s.Split(out[0], out[1], spec)
			for i, v := range spec {
				check[i%2]("split")
				if out[0][i] != flush(real(v)) || out[1][i] != flush(imag(v)) {
					t.Fatalf("split of %d: %v becomes %v and %v", n, v, out[0][i], out[1][i])
				}
			}
		}
	})
}
