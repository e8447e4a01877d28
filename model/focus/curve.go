package focus

import (
	"math"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/voicebands"
)

// stretch is a part of a spectrum between the centres of two bands, of so many and the next: its bins,
// where in it the first one lies, from 0 to 1, and how far it is from one to the next.
type stretch struct {
	band, from, to int
	first, step    float32
}

// stretches are all of a spectrum. What lies below the first band has its gain, and what lies above the last
// one the gain of that.
var stretches = func() (all []stretch) {
	first, last := int(math.Ceil(centre(0))), int(math.Ceil(centre(bands-1)))
	all = append(all, stretch{band: 0, from: 0, to: first})
	for b := range bands - 1 {
		from, to := int(math.Ceil(centre(b))), int(math.Ceil(centre(b+1)))
		width := centre(b+1) - centre(b)
		all = append(all, stretch{b, from, to, float32((float64(from) - centre(b)) / width), float32(1 / width)})
	}
	return append(all, stretch{band: bands - 1, from: last, to: dsp.Bins})
}()

// centre is the middle of a band, in bins.
func centre(band int) float64 {
	return float64(voicebands.Edges[band]+voicebands.Edges[band+1]-1) / 2
}

// shape multiplies a spectrum by the gains of bands, in straight lines between their centres.
func shape(spec []complex64, gains *[bands]float32) {
	for i := range stretches {
		s := &stretches[i]
		gain := gains[s.band]
		step := gains[min(s.band+1, bands-1)] - gain
		ramp(spec[s.from:s.to], gain+s.first*step, s.step*step)
	}
}

// ramp multiplies bins by a gain that rises by step from one to the next, four at once.
func ramp(bins []complex64, gain, step float32) {
	for ; len(bins) >= 4; bins = bins[4:] {
		four := (*[4]complex64)(bins)
		second, third := gain+step, gain+2*step
		fourth := third + step
		four[0] = complex(gain*real(four[0]), gain*imag(four[0]))
		four[1] = complex(second*real(four[1]), second*imag(four[1]))
		four[2] = complex(third*real(four[2]), third*imag(four[2]))
		four[3] = complex(fourth*real(four[3]), fourth*imag(four[3]))
		gain += 4 * step
	}
	for i, v := range bins {
		bins[i] = complex(gain*real(v), gain*imag(v))
		gain += step
	}
}
