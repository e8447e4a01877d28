package model

import (
	"math"

	"github.com/stillmic/stillmic/dsp"
)

// While a voice is heard it masks noise beside it, and what the network takes
// too much is taken from the voice. So the gain then has a floor: a share of the
// input is left in, and noise is lowered by no more than that. Where the voice is
// far above its noise the floor is high, as nearly all that could be taken is the
// voice; where both are equally loud it is too low to matter, as the noise would
// be heard. The same holds for each band by itself: where there is nothing of the
// voice, nothing masks. In pauses there is no floor. The numbers were chosen on
// mixes: see MODEL_CARD.md.
const (
	floorQuiet = -16 // dB, for a voice snrQuiet above the noise
	floorLoud  = -36 // dB, for one no more than snrLoud above it
	snrQuiet   = 16  // dB
	snrLoud    = 4   // dB

	// bandRatio is the power of the voice over that of the noise, 13 dB, below
	// which a band's floor falls, by 3 dB for each dB: to -55 dB where both are equal.
	bandRatio = 20

	// voiceTop is up to where, in Hz, voice and noise are compared as a whole.
	voiceTop = 8000

	// voiceSure is the speech probability from which a voice is taken for heard.
	voiceSure = 0.5

	// voiceRelease is how fast a voice that has ended is forgotten, per hop:
	// half in 0.69 s, so that soft ends of words and short pauses belong to it.
	voiceRelease = 0.99

	// levelRate is how fast the levels of voice and noise follow, per hop of
	// each: 1 / (1 s).
	levelRate = 0.01
	// levelKnown is the weight from which a level counts: a tenth of a hop.
	levelKnown = 0.1 * levelRate
)

// voiceBands are the bands below voiceTop.
var voiceBands = bandFrom(voiceTop)

// gainFloor follows voice and noise and says how much of the input stays.
type gainFloor struct {
	heard        float32 // 1 while a voice is heard, then falling
	voice, pause levels  // of hops with and without a voice

	// share is how much of the input's amplitude the mask has to leave in, for
	// each band.
	share [dsp.Bands]float32
}

// levels are running means of the bands' energies that are right from the first
// hop on: sums over the sum of the weights.
type levels struct {
	sum    [dsp.Bands]float32
	weight float32
}

// add takes in a hop with a weight from 0 to 1.
func (l *levels) add(energy *[dsp.Bands]float32, weight float32) {
	if weight == 0 {
		return
	}
	weight *= levelRate
	l.weight += weight * (1 - l.weight)
	for b, e := range energy {
		l.sum[b] += weight * (e - l.sum[b])
	}
}

// power is the mean of what lies below voiceTop.
func (l *levels) power() (power float32) {
	for _, e := range l.sum[:voiceBands] {
		power += e
	}
	return power / l.weight
}

// next takes the speech probability of the next hop and the energies of its
// bands, which are above zero, and sets share.
func (v *gainFloor) next(speech float32, energy *[dsp.Bands]float32) {
	v.heard = max(min(1, speech/voiceSure), voiceRelease*v.heard)
	v.voice.add(energy, max(0, 2*speech-1))
	v.pause.add(energy, max(0, 1-2*speech))
	quiet := v.heard * amplitudeQuiet
	if v.voice.weight < levelKnown || v.pause.weight < levelKnown {
		for b := range v.share { // before both are known the voice is spared
			v.share[b] = quiet
		}
		return
	}
	whole := v.heard * amplitudeOf(v.floor())
	scale := v.pause.weight / (v.voice.weight * bandRatio)
	for b := range v.share {
		ratio := min(1, scale*v.voice.sum[b]/v.pause.sum[b])
		v.share[b] = min(whole, quiet*ratio*float32(math.Sqrt(float64(ratio))))
	}
}

// floor is how far noise beside the voice may be lowered as a whole, in dB.
func (v *gainFloor) floor() float64 {
	snr := 10 * math.Log10(float64(v.voice.power())/float64(v.pause.power()))
	part := (snr - snrLoud) / (snrQuiet - snrLoud)
	return floorLoud + (floorQuiet-floorLoud)*min(1, max(0, part))
}

var amplitudeQuiet = amplitudeOf(floorQuiet)

// amplitudeOf is the factor of a gain in dB.
func amplitudeOf(dB float64) float32 { return float32(dsp.Gain(dB)) }

// mixIn returns the mask's gain with share of the input left in.
func mixIn(share, gain float32) float32 { return share + (1-share)*gain }
