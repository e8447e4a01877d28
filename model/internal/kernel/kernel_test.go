package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// guard stands around every slice a kernel gets: a write outside is seen, and a
// read outside makes a NaN of the result.
var guard = math.Float32frombits(0x7fc0beef)

const guards = 33 // more than two of the widest registers

// source makes test data.
type source struct{ *rand.Rand }

func newSource(seed uint64) source { return source{rand.New(rand.NewPCG(seed, 77))} }

// slice returns n random values between guards, at a random alignment, and a
// function that checks the guards.
func (s source) slice(t testing.TB, n int, value func() float32) (x []float32, check func(what string)) {
	offset := guards + s.IntN(Lanes)
	all := make([]float32, offset+n+guards)
	for i := range all {
		all[i] = guard
	}
	x = all[offset : offset+n : offset+n]
	for i := range x {
		x[i] = value()
	}
	return x, func(what string) {
		t.Helper()
		for i, v := range all {
			inside := i >= offset && i < offset+n
			if !inside && math.Float32bits(v) != math.Float32bits(guard) {
				t.Fatalf("%s: wrote %v at %d of a slice of %d", what, v, i-offset, n)
			}
		}
	}
}

func (s source) normal() float32 { return float32(s.NormFloat64()) }

// positive is anything from 1e-8 to 1e12, as energies are.
func (s source) positive() float32 { return float32(math.Pow(10, 20*s.Float64()-8)) }

// wide is anything that an activation may meet, the ends included.
func (s source) wide() float32 {
	return []float32{float32(8 * s.NormFloat64()), 0, 31, -31, 1e6, -1e6, 1e-30, -1e-30}[max(0, s.IntN(20)-12)]
}

// each runs a test for every set.
func each(t *testing.T, test func(t *testing.T, s *Set)) {
	for _, s := range sets {
		t.Run(s.Name, func(t *testing.T) { test(t, s) })
	}
}

// near fails where got and want differ by more than the tolerance.
func near(t *testing.T, what string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	for i, w := range want {
		if d := math.Abs(float64(got[i]) - w); !(d <= tolerance*max(1, math.Abs(w))) {
			t.Fatalf("%s: value %d is %v, want %v", what, i, got[i], w)
		}
	}
}

// TestProduct compares with the sum as its comment writes it, in float64, on
// random shapes, strides and ways to start.
func TestProduct(t *testing.T) {
	each(t, func(t *testing.T, s *Set) {
		r := newSource(1)
		for trial := range 400 {
			rows, k, n := 1+r.IntN(20), r.IntN(40), Lanes*(1+r.IntN(26))
			if trial%5 == 0 {
				rows = 1
			}
			lda, ldw, ldy := 1+r.IntN(2*k+1), n+r.IntN(9), n+r.IntN(9)
			ldb := []int{0, n, ldy}[trial%3]
			what := fmt.Sprintf("rows %d, k %d, n %d, strides %d %d %d %d", rows, k, n, ldy, lda, ldw, ldb)
			y, checkY := r.slice(t, (rows-1)*ldy+n, func() float32 { return guard })
			a, checkA := r.slice(t, max(0, (rows-1)*lda+k), r.normal)
			w, checkW := r.slice(t, max(0, (k-1)*ldw+n), r.normal)
			b, checkB := r.slice(t, (rows-1)*ldb+n, r.normal)
			if ldb == ldy && trial%2 == 0 {
				copy(y, b)
				b = y
			}
			want := make([]float64, len(y))
			for i := range want {
				want[i] = math.NaN()
			}
			for row := range rows {
				for j := range n {
					sum := float64(b[row*ldb+j])
					for i := range k {
						sum += float64(a[row*lda+i]) * float64(w[i*ldw+j])
					}
					want[row*ldy+j] = sum
				}
			}
			s.Product(y, ldy, a, lda, w, ldw, b, ldb, rows, k, n)
			for _, check := range []func(string){checkY, checkA, checkW, checkB} {
				check(what)
			}
			for i, v := range want {
				if math.IsNaN(v) { // between the rows: as it was
					if &b[0] != &y[0] && math.Float32bits(y[i]) != math.Float32bits(guard) {
						t.Fatalf("%s: wrote %v between rows", what, y[i])
					}
					want[i] = float64(y[i])
				}
			}
			for i := range want {
				if !math.IsNaN(want[i]) && math.Abs(float64(y[i])-want[i]) > 2e-5 {
					t.Fatalf("%s: value %d is %v, want %v", what, i, y[i], want[i])
				}
			}
		}
	})
}

func TestProductRefusesShortSlices(t *testing.T) {
	long, short := make([]float32, 64), make([]float32, 63)
	for name, call := range map[string]func(){
		"y":     func() { Best().Product(short, 8, long, 8, long, 8, long, 8, 8, 8, 8) },
		"a":     func() { Best().Product(long, 8, short, 8, long, 8, long, 8, 8, 8, 8) },
		"w":     func() { Best().Product(long, 8, long, 8, short, 8, long, 8, 8, 8, 8) },
		"b":     func() { Best().Product(long, 8, long, 8, long, 8, short, 8, 8, 8, 8) },
		"width": func() { Best().Product(long, 8, long, 8, long, 8, long, 8, 1, 1, 7) },
		"norm":  func() { Best().Norm(long, short, long, long, 8, 8) },
		"gru":   func() { Best().GRU(long, long, long, 8, 8) },
		"cross": func() { Best().Cross(long, long, long, long, long, long, short) },
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

func TestNorm(t *testing.T) {
	each(t, func(t *testing.T, s *Set) {
		r := newSource(2)
		for range 100 {
			rows, c := r.IntN(33), Lanes*(1+r.IntN(9))
			shift := 10 * r.normal()
			x, check := r.slice(t, rows*c, func() float32 { return shift + r.normal() })
			y, checkY := r.slice(t, rows*c, r.normal)
			gain, _ := r.slice(t, c, r.normal)
			bias, _ := r.slice(t, c, r.normal)
			want := make([]float64, rows*c)
			for row := range rows {
				mean, square := 0.0, 0.0
				for _, v := range x[row*c:][:c] {
					mean += float64(v) / float64(c)
				}
				for _, v := range x[row*c:][:c] {
					square += (float64(v) - mean) * (float64(v) - mean) / float64(c)
				}
				for i, v := range x[row*c:][:c] {
					want[row*c+i] = (float64(v)-mean)/math.Sqrt(square+1e-5)*float64(gain[i]) + float64(bias[i])
				}
			}
			s.Norm(y, x, gain, bias, rows, c)
			what := fmt.Sprintf("rows %d, c %d", rows, c)
			check(what)
			checkY(what)
			near(t, what, y, want, 2e-5)
			s.Norm(x, x, gain, bias, rows, c) // in place
			near(t, what, x, want, 2e-5)
		}
	})
}

// sigmoid and its kin in float64, to compare with.
func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func TestGRU(t *testing.T) {
	each(t, func(t *testing.T, s *Set) {
		r := newSource(3)
		for range 100 {
			rows, c := r.IntN(9), Lanes*(1+r.IntN(9))
			h, check := r.slice(t, rows*c, func() float32 { return float32(math.Tanh(r.NormFloat64())) })
			g, _ := r.slice(t, 3*rows*c, r.wide)
			q, _ := r.slice(t, rows*c, r.normal) // a large one would multiply the gate's rounding
			want := make([]float64, rows*c)
			for row := range rows {
				for i := range c {
					at := func(gate int) float64 { return float64(g[3*row*c+gate*c+i]) }
					z := sigmoid(at(1))
					n := math.Tanh(at(2) + sigmoid(at(0))*float64(q[row*c+i]))
					want[row*c+i] = n + z*(float64(h[row*c+i])-n)
				}
			}
			s.GRU(h, g, q, rows, c)
			what := fmt.Sprintf("rows %d, c %d", rows, c)
			check(what)
			near(t, what, h, want, 2e-6)
		}
		// A state that fades with its input away ends at 0 instead of a denormal.
		h, g, q := make([]float32, 8), make([]float32, 24), make([]float32, 8)
		for i := range h {
			h[i] = 1e-19
		}
		for range 10 {
			s.GRU(h, g, q, 1, 8) // z = 1/2
		}
		for i, v := range h {
			if v != 0 {
				t.Errorf("state %d fades to %v", i, v)
			}
		}
	})
}

func TestNames(t *testing.T) {
	for _, name := range Names() {
		if s, err := Named(name); err != nil || s.Name != name {
			t.Errorf("Named(%q) gives %v, %v", name, s, err)
		}
	}
	if s, err := Named("avx9"); err == nil {
		t.Errorf("Named gives %v for an unknown name", s)
	}
}
