package deepfilter

import (
	"math"

	"github.com/stillmic/stillmic/dsp"
)

const (
	// framePower is what the bins' energy of one side is of the mean power of the samples:
	// window * (sum of the window's squares, half of that) / 2 = 960 * 480 / 2.
	framePower = dsp.Window * dsp.Hop / 2

	// wantedPower is that of the loudest frames of a voice at -40 dBFS: -34 dBFS, 10^(-34/10).
	// Softer ones are heard as loud as that. The network has heard most voices 14 dB louder,
	// but with a lift to there the noise before the first word of a usual voice was lifted,
	// too, and what followed was cut.
	wantedPower = 0.0004

	// mostLift is by how much at most: 40 dB, as amplitude.
	mostLift = 100

	// release is what is left of the loudest frame's power after a frame: 3 dB a second.
	release = 0.9931160 // 10^(-3 / 10 / 100)
)

// lift is by how much the network hears a sound louder than it is. It learned from voices
// at usual levels and takes a soft one for noise: at -58 dBFS it leaves nothing. What it
// answers is applied to the sound as it is, so no level changes.
type lift struct {
	loudest float32 // power of the loudest frame of late
	gain    float32 // amplitude, 1 at least
}

// reset puts it where it begins.
func (l *lift) reset() { *l = lift{gain: 1} }

// next takes the energy of a frame's bins and returns by how much gain has changed, as
// amplitude.
func (l *lift) next(energy float32) (change float32) {
	l.loudest = max(l.loudest*release, energy*(1.0/framePower))
	before := l.gain
	l.gain = 1
	if l.loudest < wantedPower {
		l.gain = min(float32(math.Sqrt(float64(wantedPower/(l.loudest+1e-20)))), mostLift)
	}
	return l.gain / before
}
