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
	lift      lift
	re, im    [dsp.Bins]float32
	level     [Bands]float32
	meanLevel [Bands]float32   // dB
	low       [2 * Low]float32 // real and imaginary parts in turn
	meanSize  [Low]float32     // of the lowest bins
	begin     float32          // share of the means that is left of where they began
}

// reset puts the means where they begin.
func (f *features) reset() {
	f.lift.reset()
	f.begin = 1
	for b := range f.meanLevel {
		f.meanLevel[b] = between(b, Bands, -60, -90)
	}
	for k := range f.meanSize {
		f.meanSize[k] = firstSize(k)
	}
}

// firstSize is where the mean of a low bin begins: from .001 to .0001.
func firstSize(k int) float32 { return between(k, Low, 0.001, 0.0001) }

// between is the ith of n values from one to another.
func between(i, n int, from, to float64) float32 {
	return float32(from + (to-from)*float64(i)/float64(n-1))
}

// extract sets level and low from a spectrum, which is heard as loud as a usual voice unless
// asIs is set.
func (f *features) extract(spec []complex64, asIs bool) {
	f.kernels.Split(f.re[:], f.im[:], spec)
	all := float32(0)
	for b := range f.level {
		lo, hi := edges[b], edges[b+1]
		f.level[b] = dsp.Energy(f.re[lo:hi]) + dsp.Energy(f.im[lo:hi])
		if b > 0 { // rumble says nothing of how loud a voice is
			all += f.level[b]
		}
	}
	if !asIs {
		f.raise(f.lift.next(all))
	}
	scale := f.lift.gain * scale
	for b := range f.level {
		f.level[b] = f.level[b]*(scale*scale/float32(edges[b+1]-edges[b])) + levelFloor
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

// raise has the means be those of a sound so much louder, as if it had been from the
// beginning. What is left of where they began stays as it is.
func (f *features) raise(change float32) {
	if change != 1 {
		dB := float32(20*math.Log10(float64(change))) * (1 - f.begin)
		for b := range f.meanLevel {
			f.meanLevel[b] += dB
		}
		for k := range f.meanSize {
			first := f.begin * firstSize(k)
			f.meanSize[k] = max(first+(f.meanSize[k]-first)*change, leastMean)
		}
	}
	f.begin *= decay
	if f.begin < 1e-6 { // before it becomes a denormal number
		f.begin = 0
	}
}
