package dsp

import (
	"math"
	"testing"
)

func TestBandEdges(t *testing.T) {
	e := BandEdges()
	if e[0] != 0 || e[LinearBands] != 96 || e[Bands] != Bins {
		t.Fatalf("edges start %d, turn %d, end %d", e[0], e[LinearBands], e[Bands])
	}
	width := 1
	for b := range Bands {
		w := e[b+1] - e[b]
		if b < LinearBands && w != 1 {
			t.Errorf("low band %d has %d bins", b, w)
		}
		if b >= LinearBands && w < 2 {
			t.Errorf("band %d has %d bins", b, w)
		}
		if w < width {
			t.Errorf("band %d is narrower than the one before: %d < %d", b, w, width)
		}
		width = w
	}
	t.Log(e[LinearBands:])
}

// TestBandEdgesFarFromTies makes sure that another program's logarithm, off by
// a bit in the last place, rounds to the same bins.
func TestBandEdgesFarFromTies(t *testing.T) {
	lo, hi := erbRate(4800), erbRate(24000)
	for i := 1; i < ERBBands; i++ {
		f := erbRateInverse(lo+(hi-lo)*float64(i)/ERBBands) / BinHz
		if d := math.Abs(f - math.Floor(f) - 0.5); d < 1e-6 {
			t.Errorf("edge %d at bin %.9f is a tie", i, f)
		}
	}
}
