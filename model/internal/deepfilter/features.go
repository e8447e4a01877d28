package deepfilter

import (
	"math"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/kernel"
)

const (
	// scale is what the network's spectra are of ours: 2 * hop / window^2.
	scale = 2.0 * dsp.Hop / (dsp.Window * dsp.Window)

	// decay is what is left of a running mean after a frame: half after 69 frames.
	decay = 0.99

	// levelFloor is added to a band's power, and levelUnit is how many dB count as 1.
	levelFloor = 1e-10
	levelUnit  = 40

	// leastMean keeps the mean of silence from becoming a denormal number, and then 0
	// that is divided by. It is 0.0002 of the rounding of 16 bits in one bin.
	leastMean = 1e-12
)

// features turns spectra into what the encoder hears: the levels of the bands in dB, less
// their running means, and the lowest bins over the root of the running mean of their
// magnitudes.
type features struct {
	kernels   *kernel.Set
	re, im    [dsp.Bins]float32
	level     [Bands]float32
	meanLevel [Bands]float32   // dB
	low       [2 * Low]float32 // real and imaginary parts in turn
	meanSize  [Low]float32     // of the lowest bins
}

// reset puts the means where they begin: from -60 to -90 dB, and .001 to .0001.
func (f *features) reset() {
	at := func(i, n int, from, to float64) float32 { return float32(from + (to-from)*float64(i)/float64(n-1)) }
	for b := range f.meanLevel {
		f.meanLevel[b] = at(b, Bands, -60, -90)
	}
	for k := range f.meanSize {
		f.meanSize[k] = at(k, Low, 0.001, 0.0001)
	}
}

// extract sets level and low from a spectrum.
func (f *features) extract(spec []complex64) {
	f.kernels.Split(f.re[:], f.im[:], spec)
	for b := range f.level {
		lo, hi := edges[b], edges[b+1]
		power := dsp.Energy(f.re[lo:hi]) + dsp.Energy(f.im[lo:hi])
		f.level[b] = power*(scale*scale/float32(hi-lo)) + levelFloor
	}
	f.kernels.Log10(f.level[:])
	for b, v := range f.level {
		dB := 10 * v
		mean := decay*f.meanLevel[b] + (1-decay)*dB
		f.meanLevel[b] = mean
		f.level[b] = (dB - mean) * (1.0 / levelUnit)
	}
	for k := range f.meanSize {
		re, im := scale*f.re[k], scale*f.im[k]
		size := float32(math.Sqrt(float64(re*re + im*im)))
		mean := max(decay*f.meanSize[k]+(1-decay)*size, leastMean)
		f.meanSize[k] = mean
		over := 1 / float32(math.Sqrt(float64(mean)))
		f.low[2*k], f.low[2*k+1] = re*over, im*over
	}
}
