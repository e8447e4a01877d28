package kernel

import (
	"fmt"
	"testing"
)

// TestGroupsProduct compares with the sum of real numbers.
func TestGroupsProduct(t *testing.T) {
	each(t, func(t *testing.T, s *Set) {
		r := newSource(9)
		for range 200 {
			count, k, n := 1+r.IntN(5), 2+2*r.IntN(50), groupColumns*(1+r.IntN(5))
			what := fmt.Sprintf("%d groups, k %d, n %d", count, k, n)
			weights, _ := r.slice(t, count*k*n, r.normal)
			w := NewGroups(weights, count, k, n)
			a, _ := r.steps(t, count*k)
			y, check := r.slice(t, count*n, func() float32 { return guard })
			const step = 2.0 / largest
			want := make([]float64, count*n)
			for c := range count {
				for j := range n {
					for i := range k {
						factor := float64(w.w[c*k*n+i/2*2*n+2*j+i%2]) * float64(w.steps[c*n+j])
						if d := factor - float64(weights[(c*k+i)*n+j]); d > 0.501*float64(w.steps[c*n+j]) || -d > 0.501*float64(w.steps[c*n+j]) {
							t.Fatalf("%s: weight %d, %d, %d is %v off", what, c, i, j, d)
						}
						want[c*n+j] += float64(a[c*k+i]) * step * factor
					}
				}
			}
			s.GroupsProduct(y, a, step, w)
			check(what)
			near(t, what, y, want, 2e-5)
		}
	})
}

func TestGroupsRefuse(t *testing.T) {
	w := make([]float32, 4*64)
	for _, size := range [][2]int{{0, 16}, {3, 16}, {2, 24}} {
		if NewGroups(w, 1, size[0], size[1]) != nil {
			t.Errorf("packed %d x %d", size[0], size[1])
		}
	}
	g := NewGroups(w, 2, 4, 16)
	for name, call := range map[string]func(){
		"y": func() { Best().GroupsProduct(make([]float32, 31), make([]int16, 8), 1, g) },
		"a": func() { Best().GroupsProduct(make([]float32, 32), make([]int16, 7), 1, g) },
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
