package voicebands

import (
	"unsafe"

	"github.com/stillmic/stillmic/dsp"
)

// Powers sets each power to that of a band of a spectrum: the sum of the squares of its bins. There are up to All.
func Powers(power []float32, spec []complex64) {
	for b := range power {
		power[b] = powerOf(spec[Edges[b]:Edges[b+1]])
	}
}

// fewBins are summed up sooner one by one.
const fewBins = 4

func powerOf(bins []complex64) (sum float32) {
	if len(bins) >= fewBins {
		return dsp.Energy(unsafe.Slice((*float32)(unsafe.Pointer(&bins[0])), 2*len(bins)))
	}
	for _, v := range bins {
		sum += real(v)*real(v) + imag(v)*imag(v)
	}
	return sum
}
