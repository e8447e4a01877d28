package kernel

import (
	"fmt"
	"math"
	"testing"
)

// rounded is v as a 16-bit float, to within a bit, and 0 instead of a denormal.
func rounded(v float32) float32 {
	if math.Abs(float64(v)) < 1e-4 {
		return 0
	}
	return math.Float32frombits((math.Float32bits(v) + 0x1000) &^ 0x1fff)
}

// TestFromHalf compares it with its definition for all 65536 values.
func TestFromHalf(t *testing.T) {
	for h := range 1 << 16 {
		sign, exponent, mantissa := 1-2*float64(h>>15), h>>10&31, float64(h&1023)
		want := sign * (1 + mantissa/1024) * math.Pow(2, float64(exponent-15))
		if exponent == 0 {
			want = sign * mantissa / 1024 * math.Pow(2, -14)
		}
		got := float64(FromHalf(uint16(h)))
		switch {
		case exponent == 31 && mantissa != 0:
			if !math.IsNaN(got) {
				t.Fatalf("%#04x is %v, want NaN", h, got)
			}
		case exponent == 31:
			if !math.IsInf(got, int(sign)) {
				t.Fatalf("%#04x is %v, want infinity", h, got)
			}
		case got != want || math.Signbit(got) != (h>>15 == 1):
			t.Fatalf("%#04x is %v, want %v", h, got, want)
		}
	}
}

// Every 16-bit float survives the way there and back.
func TestHalfRoundTrip(t *testing.T) {
	for h := range 1 << 16 {
		v := FromHalf(uint16(h))
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			continue // no weights
		}
		if back, exact := toHalf(v); !exact || back != uint16(h) {
			t.Fatalf("%#04x is %v, and that %#04x, exact %v", h, v, back, exact)
		}
	}
}

// What 16 bits cannot hold is not packed.
func TestNewHalfRefuses(t *testing.T) {
	w := make([]float32, 2*panel)
	for _, v := range []float32{1.0001, 65520, 1e-8, float32(math.Inf(1)), float32(math.NaN())} {
		w[panel+3] = v
		if _, ok := NewHalf(w, panel, 2, panel); ok {
			t.Errorf("%v packed", v)
		}
	}
	w[panel+3] = 0.5
	if _, ok := NewHalf(w, panel, 2, panel); !ok {
		t.Error("refuses what it could hold")
	}
	if _, ok := NewHalf(w, 56, 2, 56); ok {
		t.Error("packed a part of a panel")
	}
}

// TestHalfProduct compares with the sum in float64, for every set and the twin.
func TestHalfProduct(t *testing.T) {
	each(t, func(t *testing.T, s *Set) {
		r := newSource(4)
		for trial := range 200 {
			k, n := r.IntN(40), panel*(1+r.IntN(6))
			ldw := n + r.IntN(9)
			what := fmt.Sprintf("k %d, n %d, stride %d", k, n, ldw)
			y, checkY := r.slice(t, n, func() float32 { return guard })
			a, _ := r.slice(t, k, func() float32 { return max(0, r.normal()) })
			inputs := NewNonzero(k + r.IntN(3))
			b, checkB := r.slice(t, n, r.normal)
			w, _ := r.slice(t, k*ldw, func() float32 { return rounded(r.normal()) })
			h, ok := NewHalf(w, ldw, k, n)
			if !ok {
				t.Fatalf("%s: not packed", what)
			}
			want := make([]float64, n)
			for j := range want {
				want[j] = float64(b[j])
				for i := range k {
					want[j] += float64(a[i]) * float64(w[i*ldw+j])
				}
			}
			if trial%2 == 0 { // in place
				copy(y, b)
				b = y
			}
			for range 2 { // the list is for many frames
				inputs.Set(a)
			}
			s.HalfProduct(y, &inputs, &h, b)
			checkY(what)
			checkB(what)
			near(t, what, y, want, 2e-5)
		}
	})
}

func TestHalfProductRefusesShortSlices(t *testing.T) {
	h, _ := NewHalf(make([]float32, 3*panel), panel, 3, panel)
	long, short := make([]float32, panel), make([]float32, panel-1)
	three, four := NewNonzero(3), NewNonzero(4)
	three.Set([]float32{1, 1, 1})
	four.Set([]float32{0, 0, 0, 1})
	for name, call := range map[string]func(){
		"y": func() { Best().HalfProduct(short, &three, &h, long) },
		"w": func() { Best().HalfProduct(long, &four, &h, long) },
		"b": func() { Best().HalfProduct(long, &three, &h, short) },
		"a": func() { three.Set(long) },
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

// BenchmarkHalfProduct measures the wide GRU's input, as BenchmarkProduct does.
func BenchmarkHalfProduct(b *testing.B) {
	for _, set := range sets {
		if !set.HasHalf() {
			continue
		}
		b.Run(set.Name+"/wide-1x256x384", func(b *testing.B) {
			y, a, list := make([]float32, 384), make([]float32, 256), NewNonzero(256)
			for i := range a {
				a[i] = 1
			}
			list.Set(a)
			h, _ := NewHalf(make([]float32, 256*384), 384, 256, 384)
			for b.Loop() {
				set.HalfProduct(y, &list, &h, y)
			}
			report(b, set, 2*256*384)
		})
	}
}
