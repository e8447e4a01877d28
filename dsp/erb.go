package dsp

import "math"

const (
	// LinearBands is the number of low bands, one bin (50 Hz) each: 0 to
	// 4750 Hz, where voiced speech has its harmonics.
	LinearBands = 96

	// ERBBands is the number of bands above, as wide as the ear's own.
	ERBBands = 32

	// Bands is the number of bands the network sees.
	Bands = LinearBands + ERBBands
)

// bandEdges is the band map; band b is the bins bandEdges[b] to
// bandEdges[b+1]-1.
var bandEdges = makeBandEdges()

// BandEdges returns the band map: band b covers the bins from the b-th edge up
// to but without the next. The first edge is 0, the last Bins.
func BandEdges() [Bands + 1]int { return bandEdges }

// erbRate is the number of equivalent rectangular bandwidths below f (Hz):
// Glasberg and Moore, "Derivation of auditory filter shapes from notched-noise
// data", Hearing Research 47 (1990), equation 4.
func erbRate(f float64) float64 { return 21.4 * math.Log10(1+0.00437*f) }

// erbRateInverse returns the frequency in Hz of an ERB-rate.
func erbRateInverse(e float64) float64 { return (math.Pow(10, e/21.4) - 1) / 0.00437 }

// makeBandEdges gives the first 96 bins a band each and spaces 32 bands evenly
// in ERB-rate from 4800 Hz (bin 96) to 24 kHz (bin 480, included). Inner edges
// are rounded to the nearest bin, half up. The training program uses the same
// recipe; a network fits no other map.
func makeBandEdges() (edges [Bands + 1]int) {
	for b := range LinearBands {
		edges[b] = b
	}
	lo, hi := erbRate(LinearBands*BinHz), erbRate(SampleRate/2)
	for i := range ERBBands + 1 {
		f := erbRateInverse(lo + (hi-lo)*float64(i)/ERBBands)
		edges[LinearBands+i] = int(math.Floor(f/BinHz + 0.5))
	}
	edges[LinearBands], edges[Bands] = LinearBands, Bins
	return edges
}
