package kernel

import (
	"fmt"
	"math"
	"testing"
)

// TestInt8Product compares with the sum of real numbers, for every set and the
// twin.
func TestInt8Product(t *testing.T) {
	each(t, func(t *testing.T, s *Set) {
		r := newSource(4)
		for trial := range 200 {
			k, n := 2+2*r.IntN(40), panel*(1+r.IntN(6))
			ldw, used := n+r.IntN(9), 2*r.IntN(k/2+1)
			what := fmt.Sprintf("k %d, n %d, stride %d, %d inputs", k, n, ldw, used)
			y, checkY := r.slice(t, n, func() float32 { return guard })
			a, _ := r.steps(t, used)
			for i := range a {
				if trial%4 < 2 {
					a[i] = max(0, a[i]) // a quarter of the pairs is zero
				}
			}
			inputs := NewPairs(k + r.IntN(3))
			b, checkB := r.slice(t, n, r.normal)
			weights, _ := r.slice(t, (k-1)*ldw+n, r.normal)
			w := NewInt8(weights, ldw, k, n)
			const step = 2.0 / largest
			want := make([]float64, n)
			for j := range want {
				want[j] = float64(b[j])
				for i, v := range a {
					want[j] += float64(v) * step * float64(w.at(i, j)) * float64(w.steps[j])
				}
			}
			if trial%2 == 0 { // in place
				copy(y, b)
				b = y
			}
			for range 2 { // the list is for many frames
				inputs.Set(a)
			}
			s.Int8Product(y, &inputs, step, w, b)
			checkY(what)
			checkB(what)
			near(t, what, y, want, 2e-5)
		}
	})
}

// Weights come back to within half a step, of which the column's largest is 63 to 127, and
// as they were if they were in such steps.
func TestNewInt8(t *testing.T) {
	const k, n = 64, 2 * panel
	weights, _ := newSource(6).slice(t, k*n, newSource(6).normal)
	for i := range k {
		weights[i*n+3] = 0
	}
	w := NewInt8(weights, n, k, n)
	for j := range n {
		peak := 0.0
		for i := range k {
			v, step := float64(weights[i*n+j]), float64(w.steps[j])
			if d := math.Abs(float64(w.at(i, j))*step - v); d > 0.501*step {
				t.Errorf("weight %d of column %d: %v is %v off, in steps of %v", i, j, v, d, step)
			}
			peak = max(peak, math.Abs(v))
			weights[i*n+j] = float32(w.at(i, j)) * w.steps[j]
		}
		if step := float64(w.steps[j]); step > peak/63.4+1e-29 {
			t.Errorf("column %d up to %v has steps of %v", j, peak, step)
		}
	}
	again := NewInt8(weights, n, k, n)
	for i := range k {
		for j := range n {
			if got, want := float32(again.at(i, j))*again.steps[j], weights[i*n+j]; got != want {
				t.Errorf("weight %d of column %d was %v, is %v", i, j, want, got)
			}
		}
	}
}

// The transpose packs to within half a step, of which the column's largest is 127.
func TestNewInt8Turned(t *testing.T) {
	const k, n = 48, 2 * panel
	weights, _ := newSource(6).slice(t, k*n, newSource(6).normal)
	turned := make([]float32, k*n)
	for i := range k {
		for j := range n {
			turned[j*k+i] = weights[i*n+j]
		}
	}
	w := NewInt8Turned(turned, k, n)
	for j := range n {
		peak, step := 0.0, w.steps[j]
		for i := range k {
			want, got := weights[i*n+j], float32(w.at(i, j))*step
			if math.Abs(float64(got-want)) > 0.501*float64(step) {
				t.Errorf("weight %d of column %d is %v, want %v to half a step of %v", i, j, got, want, step)
			}
			peak = max(peak, math.Abs(float64(want)))
		}
		if float64(step) > peak/126.9 {
			t.Errorf("column %d up to %v has steps of %v", j, peak, step)
		}
	}
	if NewInt8Turned(turned, 3, panel) != nil || NewInt8Turned(turned, 4, 56) != nil {
		t.Error("packed what the kernels cannot do")
	}
}

// The largest inputs and weights that there are stay in 32 bits.
func TestInt8SumsFit(t *testing.T) {
	const k = 1024 // beyond 516 rows of like size the steps have to be coarser
	weights, a := make([]float32, k*panel), make([]int16, k)
	for i := range a {
		a[i] = largest
		for j := range panel {
			weights[i*panel+j] = 0.37
		}
	}
	w, list := NewInt8(weights, panel, k, panel), NewPairs(k)
	list.Set(a)
	each(t, func(t *testing.T, s *Set) {
		y := make([]float32, panel)
		s.Int8Product(y, &list, 1.0/largest, w, y)
		for j, got := range y {
			if want := k * 0.37; math.Abs(float64(got)-want) > 0.02*want {
				t.Errorf("column %d is %v, want %v", j, got, want)
			}
		}
	})
}

// What the kernels cannot do is not packed.
func TestNewInt8Refuses(t *testing.T) {
	w := make([]float32, 4*panel)
	for _, size := range [][2]int{{0, panel}, {3, panel}, {2, 56}} {
		if NewInt8(w, panel, size[0], size[1]) != nil {
			t.Errorf("packed %d x %d", size[0], size[1])
		}
	}
}

func TestInt8ProductRefusesShortSlices(t *testing.T) {
	w := NewInt8(make([]float32, 4*panel), panel, 4, panel)
	long, short := make([]float32, panel), make([]float32, panel-1)
	four, six := NewPairs(4), NewPairs(6)
	four.Set([]int16{1, 1, 1, 1})
	six.Set([]int16{0, 0, 0, 0, 1, 0})
	odd := append([]int16(nil), 1, 1, 1)
	for name, call := range map[string]func(){
		"y":   func() { Best().Int8Product(short, &four, 1, w, long) },
		"w":   func() { Best().Int8Product(long, &six, 1, w, long) },
		"b":   func() { Best().Int8Product(long, &four, 1, w, short) },
		"a":   func() { four.Set([]int16{1, 1, 1, 1, 1, 1}) },
		"odd": func() { four.Set(odd) },
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

// BenchmarkInt8Product measures the wide GRU's input, as BenchmarkInt16Product does.
func BenchmarkInt8Product(b *testing.B) {
	for _, set := range sets {
		if !set.HasIntegers() {
			continue
		}
		b.Run(set.Name+"/wide-1x256x384", func(b *testing.B) {
			y, a, list := make([]float32, 384), make([]int16, 256), NewPairs(256)
			for i := range a {
				a[i] = 1
			}
			list.Set(a)
			w := NewInt8(make([]float32, 256*384), 384, 256, 384)
			for b.Loop() {
				set.Int8Product(y, &list, 1, w, y)
			}
			report(b, set, 2*256*384)
		})
	}
}
