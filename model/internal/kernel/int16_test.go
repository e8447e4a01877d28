package kernel

import (
	"fmt"
	"math"
	"testing"
)

// steps returns n random integers of 16 bits between others, and a function that
// checks those. A read outside shows in the sums.
func (s source) steps(t testing.TB, n int) (q []int16, check func(what string)) {
	const guard = 0x5a5a
	offset := guards + s.IntN(2*Lanes)
	all := make([]int16, offset+n+guards)
	for i := range all {
		all[i] = guard
	}
	q = all[offset : offset+n : offset+n]
	for i := range q {
		q[i] = int16(s.IntN(2*largest+1) - largest)
	}
	return q, func(what string) {
		t.Helper()
		for i, v := range all {
			if (i < offset || i >= offset+n) && v != guard {
				t.Fatalf("%s: wrote %v at %d of a slice of %d", what, v, i-offset, n)
			}
		}
	}
}

// TestInt16Product compares with the sum of real numbers, on random shapes and
// strides, for every set and the twin.
func TestInt16Product(t *testing.T) {
	each(t, func(t *testing.T, s *Set) {
		r := newSource(5)
		for trial := range 300 {
			rows, k, n := 1+r.IntN(20), 2+2*r.IntN(40), Lanes*(1+r.IntN(14))
			lda, ldw, ldy := 1+r.IntN(2*k+1), n+r.IntN(9), n+r.IntN(9)
			ldb := []int{0, n, ldy}[trial%3]
			what := fmt.Sprintf("rows %d, k %d, n %d, strides %d %d %d %d", rows, k, n, ldy, lda, ldw, ldb)
			y, checkY := r.slice(t, (rows-1)*ldy+n, func() float32 { return guard })
			a, checkA := r.steps(t, (rows-1)*lda+k)
			weights, _ := r.slice(t, (k-1)*ldw+n, r.normal)
			b, checkB := r.slice(t, (rows-1)*ldb+n, r.normal)
			if ldb == ldy && trial%2 == 0 {
				copy(y, b)
				b = y
			}
			step := float32(4.0 / largest)
			w := NewInt16(weights, ldw, k, n)
			want := make([]float64, len(y))
			for i := range want {
				want[i] = math.NaN()
			}
			for row := range rows {
				for j := range n {
					sum := float64(b[row*ldb+j])
					for i := range k {
						sum += float64(a[row*lda+i]) * float64(step) * float64(w.w[i/2*2*n+2*j+i%2]) * float64(w.steps[j])
					}
					want[row*ldy+j] = sum
				}
			}
			s.Int16Product(y, ldy, a, lda, step, w, b, ldb, rows)
			checkY(what)
			checkA(what)
			checkB(what)
			for i, v := range want {
				got := y[i]
				switch {
				case !math.IsNaN(v):
					if d := math.Abs(float64(got) - v); !(d < 2e-5) {
						t.Fatalf("%s: value %d is %v, want %v", what, i, got, v)
					}
				case &b[0] != &y[0] && math.Float32bits(got) != math.Float32bits(guard):
					t.Fatalf("%s: wrote %v between rows", what, got)
				}
			}
		}
	})
}

// The largest inputs and weights that there are stay in 32 bits.
func TestInt16SumsFit(t *testing.T) {
	each(t, func(t *testing.T, s *Set) {
		for _, k := range []int{2, 4, 62, 64, 256} {
			weights, a := make([]float32, k*Lanes), make([]int16, k)
			for i := range a {
				a[i] = largest
				for j := range Lanes {
					weights[i*Lanes+j] = 0.37 * float32(1+j)
				}
				if i%2 == 1 { // both signs, so that the products have one
					a[i] = -largest
					for j := range Lanes {
						weights[i*Lanes+j] *= -1
					}
				}
			}
			w, y := NewInt16(weights, Lanes, k, Lanes), make([]float32, Lanes)
			s.Int16Product(y, Lanes, a, k, 1.0/largest, w, y, Lanes, 1)
			for j, got := range y {
				if want := float64(k) * 0.37 * float64(1+j); math.Abs(float64(got)-want) > 2e-3*want {
					t.Errorf("k %d: column %d is %v, want %v", k, j, got, want)
				}
			}
		}
	})
}

// What the kernels cannot do is not packed.
func TestNewInt16Refuses(t *testing.T) {
	w := make([]float32, 64)
	for _, size := range [][2]int{{0, 8}, {3, 8}, {2, 7}} {
		if NewInt16(w, 8, size[0], size[1]) != nil {
			t.Errorf("packed %d x %d", size[0], size[1])
		}
	}
}

// Weights come back to within half a step, and a column of zeros as zeros.
func TestNewInt16(t *testing.T) {
	const k, n = 64, 16
	r := newSource(6)
	weights, _ := r.slice(t, k*n, r.normal)
	for i := range k {
		weights[i*n+3] = 0
	}
	w := NewInt16(weights, n, k, n)
	for j := range n {
		peak := 0.0
		for i := range k {
			v, step := float64(weights[i*n+j]), float64(w.steps[j])
			if d := math.Abs(float64(w.w[i/2*2*n+2*j+i%2])*step - v); d > 0.501*step {
				t.Errorf("weight %d of column %d: %v is %v off, in steps of %v", i, j, v, d, step)
			}
			peak = max(peak, math.Abs(v))
		}
		if step := float64(w.steps[j]); step > peak/2000+1e-29 {
			t.Errorf("column %d up to %v has steps of %v", j, peak, step)
		}
	}
}

// TestQuantize compares every set with the definition.
func TestQuantize(t *testing.T) {
	each(t, func(t *testing.T, s *Set) {
		r := newSource(7)
		for trial := range 200 {
			n := Lanes * r.IntN(12)
			size := float32(math.Pow(10, float64(trial%24-12)))
			x, checkX := r.slice(t, n, func() float32 { return size * r.normal() })
			q, check := r.steps(t, n)
			step := float64(s.Quantize(q, x))
			what := fmt.Sprintf("%d values around %v", n, size)
			checkX(what)
			check(what)
			top := int16(0)
			for i, v := range q {
				top = max(top, v, -v)
				if d := math.Abs(float64(v)*step - float64(x[i])); d > 0.51*step {
					t.Fatalf("%s: value %d, %v, is %d times %v", what, i, x[i], v, step)
				}
			}
			if n > 0 && top != largest {
				t.Fatalf("%s: the largest is %d steps, want %d", what, top, largest)
			}
		}
		q := []int16{1, 1, 1, 1, 1, 1, 1, 1}
		if step := s.Quantize(q, []float32{0, 1e-38, 0, -1e-21, 0, 0, 0, 0}); step != 0 || q[3] != 0 {
			t.Errorf("silence is %v steps of %v", q, step)
		}
	})
}

func TestInt16RefusesShortSlices(t *testing.T) {
	w := NewInt16(make([]float32, 16), 8, 2, 8)
	long, short, a := make([]float32, 16), make([]float32, 15), make([]int16, 4)
	for name, call := range map[string]func(){
		"y":        func() { Best().Int16Product(short, 8, a, 2, 1, w, long, 8, 2) },
		"a":        func() { Best().Int16Product(long, 8, a[:3:3], 2, 1, w, long, 8, 2) },
		"b":        func() { Best().Int16Product(long, 8, a, 2, 1, w, short, 8, 2) },
		"quantize": func() { Best().Quantize(a, long[:8]) },
		"length":   func() { Best().Quantize(make([]int16, 9), long[:9]) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a slice too short in %s does not panic", name)
				}
			}()
			call()
		}()
	}
}

// BenchmarkInt16Product measures shapes of the network in use, as
// BenchmarkProduct does; the peak is that of float32, of which half as many fit.
func BenchmarkInt16Product(b *testing.B) {
	shapes := []struct {
		name               string
		rows, k, n, stride int // stride of a
	}{
		{"encoder2", 32, 72, 32, 48},
		{"input", 32, 32, 96, 32},
		{"gates", 32, 32, 64, 32},
		{"mix", 32, 32, 32, 32},
		{"decoder2", 32, 96, 48, 32},
		{"decoder1", 64, 72, 16, 24},
		{"wide", 1, 256, 384, 256},
	}
	for _, set := range sets {
		if !set.HasIntegers() {
			continue
		}
		for _, s := range shapes {
			y, a := make([]float32, s.rows*s.n), make([]int16, s.rows*s.stride+s.k)
			w, bias := NewInt16(make([]float32, s.k*s.n), s.n, s.k, s.n), make([]float32, s.n)
			x := make([]float32, len(a)/Lanes*Lanes)
			b.Run(fmt.Sprintf("%s/%s-%dx%dx%d", set.Name, s.name, s.rows, s.k, s.n), func(b *testing.B) {
				for b.Loop() {
					set.Int16Product(y, s.n, a, s.stride, 1, w, bias, 0, s.rows)
				}
				report(b, set, 2*s.rows*s.k*s.n)
			})
			b.Run(fmt.Sprintf("%s/%s-quantize-%d", set.Name, s.name, len(x)), func(b *testing.B) {
				for b.Loop() {
					set.Quantize(a, x)
				}
			})
		}
	}
}
