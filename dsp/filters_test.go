package dsp

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Whatever the processor, the same bits come out.
func TestDotIsTheSameEverywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for n := range 300 {
		x, w := make([]float32, n+1)[1:], make([]float32, n)
		for i := range n {
			x[i], w[i] = float32(r.NormFloat64()), float32(r.NormFloat64())
		}
		if a, b := dot(x, w), dotGo(x, w); math.Float32bits(a) != math.Float32bits(b) {
			t.Fatalf("%d values: %v, in Go %v", n, a, b)
		}
	}
}

// Products that are not rounded before they are added differ in the last bits.
func TestPolyphaseProductIsNearlyTheSameEverywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		rows, taps, stride := 1+r.IntN(20), 1+r.IntN(60), 1+r.IntN(30)
		x := guarded(r, (rows-1)*stride+taps)
		w := guarded(r, taps*groupSize)
		got, want := guarded(r, rows*groupSize), make([]float32, rows*groupSize)
		polyphaseProduct(got.values, x.values, w.values, rows, taps, stride)
		polyphaseGo(want, x.values, w.values, rows, taps, stride)
		for i, v := range want {
			// A sum of 60 products of about 1 loses 2^-24 of up to 8 each time.
			if off := math.Abs(float64(got.values[i] - v)); !(off < 60*8/float64(1<<24)) {
				t.Fatalf("%d rows of %d taps, %d apart: value %d is %v, in Go %v", rows, taps, stride, i, got.values[i], v)
			}
		}
		got.check(t)
	}
}

func TestGlideFilterIsTheSameEverywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 300 {
		n, taps := 1+r.IntN(64), 1+r.IntN(60)
		whole := (n + lanes - 1) / lanes * lanes
		x, a, b := guarded(r, whole+taps-1), guarded(r, taps), guarded(r, taps)
		got, part, want := guarded(r, whole), guarded(r, whole), make([]float32, n)
		glideFilter(got.values, x.values, a.values, b.values, part.values, n)
		glideFilterGo(want, x.values, a.values, b.values, part.values, n)
		same(t, got.values[:n], want)
		got.check(t)
	}
}

func TestBetweenIsTheSameEverywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	for n := range 100 {
		x, got, want := guarded(r, n+truePeakTaps-1), guarded(r, n), make([]float32, n)
		between(got.values, x.values)
		betweenGo(want, x.values)
		same(t, got.values, want)
		got.check(t)
	}
}

func TestFurthestIsTheSameEverywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	odd := []float32{float32(math.NaN()), float32(math.Inf(-1)), 0, float32(math.Copysign(0, -1)), 1e-40, math.MaxFloat32}
	for n := range 200 {
		x := guarded(r, n).values
		if n > 0 && n%3 == 0 {
			x[r.IntN(n)] = odd[r.IntN(len(odd))]
		}
		for _, lo := range []uint32{0, math.Float32bits(1e-15) << 1} {
			if got, want := furthest(x, lo), furthestGo(x, lo); got != want {
				t.Fatalf("%d values, from %d: %d, in Go %d", n, lo, got, want)
			}
		}
	}
}

func TestOutside(t *testing.T) {
	for _, c := range []struct {
		v    float32
		want bool
	}{
		{1, false}, {-1, false}, {2, false}, {-2, false}, {0.5, false}, {-0.5, false},
		{2.0001, true}, {-2.0001, true}, {0.4999, true}, {0, true},
		{float32(math.Inf(1)), true}, {float32(math.NaN()), true},
	} {
		for at := range 20 {
			p := make([]float32, 20)
			for i := range p {
				p[i] = 1
			}
			p[at] = c.v
			if got := Outside(p, 0.5, 2); got != c.want {
				t.Errorf("%v at %d: %v, want %v", c.v, at, got, c.want)
			}
		}
	}
	if Outside(nil, 0.5, 2) {
		t.Error("nothing is outside")
	}
}

// guardedValues lie at any address between numbers that have to stay.
type guardedValues struct{ all, values []float32 }

func guarded(r *rand.Rand, n int) guardedValues {
	before := 1 + r.IntN(16)
	g := guardedValues{all: make([]float32, before+n+16)}
	for i := range g.all {
		g.all[i] = 77
	}
	g.values = g.all[before:][:n:n]
	for i := range g.values {
		g.values[i] = float32(r.NormFloat64())
	}
	return g
}

func (g guardedValues) check(t *testing.T) {
	t.Helper()
	before := len(g.all) - len(g.values) - 16
	for i, v := range g.all {
		if (i < before || i >= before+len(g.values)) && v != 77 {
			t.Fatalf("%d values: wrote beyond them at %d", len(g.values), i-before)
		}
	}
}

func same(t *testing.T, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("value %d of %d: %v, in Go %v", i, len(want), got[i], want[i])
		}
	}
}

func TestProductsAreTheSameEverywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for n := range 100 {
		a, b, c := guarded(r, n), guarded(r, n), guarded(r, n)
		got, want := guarded(r, n), make([]float32, n)
		multiply(got.values, a.values, b.values)
		multiplyGo(want, a.values, b.values)
		same(t, got.values, want)
		multiplyAdd(got.values, c.values, a.values, b.values)
		multiplyAddGo(want, c.values, a.values, b.values)
		same(t, got.values, want)
		got.check(t)
	}
}
