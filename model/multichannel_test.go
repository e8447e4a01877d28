package model

import (
	"math"
	"testing"

	"github.com/stillmic/stillmic/dsp"
)

// A channel that is another one, only softer, stays so: the same gains reach
// both. Alone, one channel comes out as from Process, bit by bit.
func TestLinkedChannelsKeepTheirRatio(t *testing.T) {
	w, err := Default()
	if err != nil {
		t.Skip("SKIPPED: ", err)
	}
	keepTheirRatio(t, w)
	keepTheirRatio(t, promptly(t))
}

func keepTheirRatio(t *testing.T, w *Weights) {
	t.Helper()
	const ratio = 0.25 // exact in binary
	x := babble(3, 60*dsp.Hop)
	pair, alone, single := []*Suppressor{NewSuppressor(w), NewSuppressor(w)}, NewSuppressor(w), []*Suppressor{NewSuppressor(w)}
	soft := make([]float32, dsp.Hop)
	a, b, c, d := make([]float32, dsp.Hop), make([]float32, dsp.Hop), make([]float32, dsp.Hop), make([]float32, dsp.Hop)
	sum, diff := 0.0, 0.0
	for at := 0; at < len(x); at += dsp.Hop {
		hop := x[at:][:dsp.Hop]
		for i, v := range hop {
			soft[i] = ratio * v
		}
		dst, src := [][]float32{a, b}, [][]float32{hop, soft}
		ProcessLinked(pair, dst, src)
		alone.Process(c, hop)
		ProcessLinked(single, [][]float32{d}, [][]float32{hop})
		for i := range a {
			if c[i] != d[i] {
				t.Fatalf("sample %d alone: %v, linked with none %v", at+i, c[i], d[i])
			}
			sum += float64(a[i]) * float64(a[i])
			diff += math.Pow(float64(b[i]/ratio-a[i]), 2)
		}
	}
	if sum == 0 || 10*math.Log10(sum/(diff+1e-30)) < 100 {
		t.Errorf("the softer channel differs by %.1f dB below the signal (%g)", 10*math.Log10(sum/(diff+1e-30)), sum)
	}
	dst, src := [][]float32{a, b}, [][]float32{x[:dsp.Hop], soft}
	if n := testing.AllocsPerRun(20, func() { ProcessLinked(pair, dst, src) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
