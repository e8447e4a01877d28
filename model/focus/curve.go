package focus

import (
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/voicebands"
)

// between says of each bin of a spectrum between the centres of which two bands it lies: of so
// many and the next, with a share of the latter.
var between = func() (places [dsp.Bins]place) {
	band := 0
	for bin := range places {
		for band < bands-2 && float32(bin) >= centre(band+1) {
			band++
		}
		share := (float32(bin) - centre(band)) / (centre(band+1) - centre(band))
		places[bin] = place{band, min(max(share, 0), 1)}
	}
	return places
}()

type place struct {
	band  int
	share float32 // of the next band
}

// centre is the middle of a band, in bins.
func centre(band int) float32 {
	return float32(voicebands.Edges[band]+voicebands.Edges[band+1]-1) / 2
}

// shape multiplies a spectrum by the gains of bands, in straight lines between their centres.
func shape(spec []complex64, gains *[bands]float32) {
	for bin := range spec {
		p := &between[bin]
		g := gains[p.band] + p.share*(gains[p.band+1]-gains[p.band])
		spec[bin] = complex(g*real(spec[bin]), g*imag(spec[bin]))
	}
}
