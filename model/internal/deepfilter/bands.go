package deepfilter

import (
	"math"

	"github.com/stillmic/stillmic/dsp"
)

const (
	// Bands is how many bands on the ERB-rate scale the gains are for.
	Bands = 32

	// leastBins is how many bins a band has at least.
	leastBins = 2
)

// edges is the band map: band b is the bins edges[b] to edges[b+1]-1. Bands are evenly
// spaced on the ERB-rate scale 9.265 ln(1 + f / (24.7 * 9.265)), and what a narrow band
// takes more than its share the next ones lack: libDF's erb_fb, which the network was
// trained with.
var edges = makeEdges()

func makeEdges() (e [Bands + 1]int) {
	const quality, narrowest = 9.265, 24.7
	erb := func(hz float64) float64 { return quality * math.Log1p(hz/(narrowest*quality)) }
	hz := func(erb float64) float64 { return narrowest * quality * math.Expm1(erb/quality) }
	step := erb(dsp.SampleRate/2) / Bands
	last, over := 0, 0
	for b := range Bands {
		edge := int(math.RoundToEven(hz(float64(b+1)*step) / dsp.BinHz))
		width := edge - last - over
		over = max(0, leastBins-width)
		e[b+1] = e[b] + max(width, leastBins)
		last = edge
	}
	e[Bands] = dsp.Bins
	return e
}
