package dsp

import (
	"math"
	"slices"
	"testing"
)

// voiceLike is n hops of something with the spectrum of a voice, without an offset.
func voiceLike(n int) []float32 {
	x := make([]float32, n*Hop)
	for i := range x {
		t := float64(i) / SampleRate
		swell := 0.5 + 0.5*math.Sin(2*math.Pi*3*t)
		x[i] = float32(0.1 * swell * (math.Sin(2*math.Pi*120*t) + 0.5*math.Sin(2*math.Pi*730*t)))
	}
	return x
}

func TestOffsetIsRemoved(t *testing.T) {
	for _, offset := range []float32{0.1, -0.3, 0.03} {
		clean := voiceLike(300)
		x := slices.Clone(clean)
		for i := range x {
			x[i] += offset
		}
		var o Offset
		worst, late, mean := 0.0, 0.0, 0.0
		for at := 0; at < len(x); at += Hop {
			o.Process(x[at : at+Hop])
		}
		for i := range x {
			d := math.Abs(float64(x[i] - clean[i]))
			worst = max(worst, d)
			if i > len(x)/2 {
				late = max(late, d)
				mean += float64(x[i]) / float64(len(x)/2)
			}
		}
		// At most a ramp of one that is as small at the beginning, where the mean of one hop is the voice's, too, and nothing of it is left later: the voice's own mean over
		// half a second is below 0.003 here.
		if worst > 0.031 || late > 0.004 || math.Abs(mean) > 0.001 {
			t.Errorf("offset %v: %.4f off at the worst, %.4f later, mean %.5f", offset, worst, late, mean)
		}
	}
}

func TestOffsetLeavesTheRest(t *testing.T) {
	x := voiceLike(300)
	want := slices.Clone(x)
	var o Offset
	for at := 0; at < len(x); at += Hop {
		o.Process(x[at : at+Hop])
	}
	if !slices.Equal(x, want) {
		t.Error("a voice without an offset is changed")
	}
}

func TestOffsetForgivesNaN(t *testing.T) {
	var o Offset
	hop := make([]float32, Hop)
	hop[5] = float32(math.NaN())
	o.Process(hop)
	hop = make([]float32, Hop)
	o.Process(hop)
	if hop[0] != 0 || hop[Hop-1] != 0 {
		t.Error("one sample that is no number spoils what follows")
	}
}

func TestOffsetAlloc(t *testing.T) {
	var o Offset
	hop := voiceLike(1)
	if n := testing.AllocsPerRun(100, func() { o.Process(hop) }); n != 0 {
		t.Errorf("%v allocations per hop", n)
	}
}
