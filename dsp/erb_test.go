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

func TestBandEnergiesAndGains(t *testing.T) {
	spec := make([]complex64, Bins)
	re := noise(5, 2*Bins)
	total := 0.0
	for k := range spec {
		spec[k] = complex(re[2*k], re[2*k+1])
		total += float64(power(spec[k]))
	}
	before := make([]float32, Bands)
	BandEnergies(before, spec)
	sum := 0.0
	gain := make([]float32, Bands)
	for b, e := range before {
		sum += float64(e)
		gain[b] = float32(b%5) / 4
	}
	if math.Abs(sum/total-1) > 1e-6 {
		t.Errorf("bands hold %v of the energy", sum/total)
	}
	ApplyBandGains(spec, gain)
	after := make([]float32, Bands)
	BandEnergies(after, spec)
	for b := range after {
		want := float64(before[b]) * float64(gain[b]) * float64(gain[b])
		if math.Abs(float64(after[b])-want) > 1e-5*float64(before[b]) {
			t.Errorf("band %d: %v after a gain of %v, want %v", b, after[b], gain[b], want)
		}
	}
}

func BenchmarkBands(b *testing.B) {
	spec, e := make([]complex64, Bins), make([]float32, Bands)
	for b.Loop() {
		BandEnergies(e, spec)
		ApplyBandGains(spec, e)
	}
}
