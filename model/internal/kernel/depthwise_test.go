package kernel

import (
	"fmt"
	"testing"
)

// TestDepthwise compares with the sum as its comment writes it, in float64, on random
// shapes and strides, rows that overlap included.
func TestDepthwise(t *testing.T) {
	each(t, func(t *testing.T, s *Set) {
		r := newSource(7)
		for range 200 {
			rows, taps, n := 1+r.IntN(9), 1+r.IntN(5), Lanes*(1+r.IntN(20))
			ldx, ldy := n*(1+r.IntN(2)), n+Lanes*r.IntN(3)
			what := fmt.Sprintf("rows %d, taps %d, n %d, strides %d and %d", rows, taps, n, ldx, ldy)
			x, _ := r.slice(t, (rows-1)*ldx+taps*n, r.normal)
			w, _ := r.slice(t, taps*n, r.normal)
			y, check := r.slice(t, (rows-1)*ldy+n, func() float32 { return 77 })
			want := make([]float64, len(y))
			for i := range want {
				want[i] = 77 // between the rows nothing is written
			}
			for row := range rows {
				for i := range n {
					sum := 0.0
					for j := range taps {
						sum += float64(w[j*n+i]) * float64(x[row*ldx+j*n+i])
					}
					want[row*ldy+i] = sum
				}
			}
			s.Depthwise(y, ldy, x, ldx, w, rows, taps, n)
			check(what)
			near(t, what, y, want, 2e-6)
		}
	})
}

func TestAddScaledRelu(t *testing.T) {
	each(t, func(t *testing.T, s *Set) {
		r := newSource(8)
		for range 200 {
			rows, n := r.IntN(9), Lanes*(1+r.IntN(9))
			what := fmt.Sprintf("rows %d, n %d", rows, n)
			y, check := r.slice(t, rows*n, r.normal)
			x, _ := r.slice(t, rows*n, r.normal)
			w, _ := r.slice(t, n, r.normal)
			b, _ := r.slice(t, n, r.normal)
			want := make([]float64, rows*n)
			for i := range want {
				want[i] = float64(y[i]) + max(float64(x[i])*float64(w[i%n])+float64(b[i%n]), 0)
			}
			s.AddScaledRelu(y, x, w, b)
			check(what)
			near(t, what, y, want, 2e-6)
		}
	})
}

// What is too short or of no whole registers panics before anything is touched.
func TestDepthwiseRefuses(t *testing.T) {
	long, short := make([]float32, 64), make([]float32, 63)
	for name, call := range map[string]func(){
		"y":      func() { Best().Depthwise(short, 8, long, 8, long, 8, 1, 8) },
		"x":      func() { Best().Depthwise(long, 8, short, 8, long, 8, 1, 8) },
		"w":      func() { Best().Depthwise(long, 8, long, 8, short[:7], 8, 1, 8) },
		"width":  func() { Best().Depthwise(long, 8, long, 8, long, 1, 1, 7) },
		"taps":   func() { Best().Depthwise(long, 8, long, 8, long, 1, 0, 8) },
		"rows":   func() { Best().AddScaledRelu(short, long, long[:8], long) },
		"source": func() { Best().AddScaledRelu(long, short, long[:8], long) },
		"bias":   func() { Best().AddScaledRelu(long, long, long[:8], long[:7:7]) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			call()
		}()
	}
}
