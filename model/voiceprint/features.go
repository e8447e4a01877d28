package voiceprint

import (
	"math"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/kernel"
)

const (
	bands = 40 // of the features, from 100 Hz to 7.6 kHz

	// powerFloor is added to the power of a band: far below what a voice leaves anywhere.
	powerFloor = 1e-7

	// levelDecay is what is left of the level of the loudest frame after another, of 20 ms: 5 dB a second.
	levelDecay = 0.977237220955811 // 10^-.01

	// gate is how much softer than that level a frame may be to count as a voice: 25 dB.
	gate = 0.00316227766016838 // 10^-2.5

	// The features are the power of a band over the level, log10, moved and scaled to about +-2.
	relativeFloor = 1e-5
	featureOffset = 2.5
	featureScale  = 0.8
)

// edges are the borders of the bands in bins of 50 Hz: single bins to 1 kHz, by which the pitch
// is told, then 22 bands of one width on a logarithmic scale.
var edges = [bands + 1]int{
	2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
	22, 24, 26, 29, 32, 35, 38, 42, 46, 50, 55, 60, 66, 73, 80, 87, 96, 105, 115, 126, 139, 152,
}

// features turns pairs of spectra into what the network hears of 20 ms.
type features struct {
	kernels *kernel.Set
	re, im  [lastBin]float32
	power   [bands]float32 // of both hops of a pair
	second  bool           // the next hop is the second one
	level   float32        // of the loudest frame lately
	row     [bands]float32
	voiced  bool // the frame is loud enough to be a voice
}

// lastBin is the first bin behind the bands, rounded up to whole registers.
const lastBin = 152

// take adds a spectrum. It reports whether that completes a frame, whose features are in row.
func (f *features) take(spec []complex64) bool {
	f.kernels.Split(f.re[:], f.im[:], spec[:lastBin])
	for b := range f.power {
		lo, hi := edges[b], edges[b+1]
		f.power[b] += (dsp.Energy(f.re[lo:hi]) + dsp.Energy(f.im[lo:hi])) / 2
	}
	if f.second = !f.second; f.second {
		return false
	}
	all := float32(0)
	for b := range f.power {
		f.power[b] += powerFloor * float32(edges[b+1]-edges[b])
		all += f.power[b]
	}
	f.level = max(all, f.level*levelDecay)
	f.voiced = all > gate*f.level
	for b, p := range f.power {
		f.row[b] = p/(f.level+1e-9) + relativeFloor
	}
	f.kernels.Log10(f.row[:])
	for b, v := range f.row {
		f.row[b] = (v + featureOffset) * featureScale
	}
	f.power = [bands]float32{}
	if math.IsInf(float64(f.level), 0) || f.level != f.level {
		f.level, f.voiced = 0, false
		clear(f.row[:])
	}
	return true
}
