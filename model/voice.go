package model

import (
	"math"

	"github.com/stillmic/stillmic/dsp"
)

// While a voice is heard it masks noise beside it, and what the network takes
// too much is taken from the voice. So a share of the input is then left in: the
// noise is lowered by no more than a bound. A voice far above its noise gets a
// low bound, as nearly all that could be taken is the voice; where both are
// equally loud the bound is too high to matter, as the noise would be heard. In
// pauses there is none. The numbers were chosen on mixes: see MODEL_CARD.md.
const (
	boundQuiet = 16   // dB, below leftSwap, for a voice snrQuiet above the noise
	boundLoud  = 36   // dB, for one no more than snrLoud above it
	boundHigh  = 36   // dB above leftSwap, where hiss is heard beside any voice
	snrQuiet   = 20   // dB
	snrLoud    = 8    // dB
	leftSwap   = 8000 // Hz

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

// voiceBound follows voice and noise and says how much of the input stays.
type voiceBound struct {
	heard        float32 // 1 while a voice is heard, then falling
	voice, pause level   // power of hops with and without a voice
}

// level is a running mean that is right from the first value on.
type level struct{ sum, weight float32 }

// add takes in power with a weight from 0 to 1.
func (l *level) add(power, weight float32) {
	weight *= levelRate
	l.sum += weight * (power - l.sum)
	l.weight += weight * (1 - l.weight)
}

// next takes the speech probability of the next hop and its power below
// leftSwap, and returns the share of the input that the mask has to leave in
// bands below and above leftSwap.
func (v *voiceBound) next(speech, power float32) (low, high float32) {
	v.heard = max(min(1, speech/voiceSure), voiceRelease*v.heard)
	v.voice.add(power, max(0, 2*speech-1))
	v.pause.add(power, max(0, 1-2*speech))
	bound := v.bound()
	return v.heard * share(bound), v.heard * share(boundHigh)
}

// bound is how far noise beside the voice may be lowered, in dB. Before both
// levels are known the voice is spared.
func (v *voiceBound) bound() float64 {
	const floor = 1e-9 // digital silence
	if v.voice.weight < levelKnown || v.pause.weight < levelKnown {
		return boundQuiet
	}
	voice, pause := v.voice.sum/v.voice.weight, v.pause.sum/v.pause.weight
	snr := 10 * math.Log10((float64(voice)+floor)/(float64(pause)+floor))
	part := (snr - snrLoud) / (snrQuiet - snrLoud)
	return boundLoud + (boundQuiet-boundLoud)*min(1, max(0, part))
}

// share is the part of an amplitude that is left after dB.
func share(dB float64) float32 { return float32(math.Pow(10, -dB/20)) }

// voicePower returns the power of a spectrum below leftSwap, where voices are.
func voicePower(spec []complex64) float32 {
	var sum float32
	for _, x := range spec[:leftSwap/dsp.BinHz] {
		sum += real(x)*real(x) + imag(x)*imag(x)
	}
	return sum
}

// leave returns the mask's gain with share of the input left in.
func leave(share, gain float32) float32 { return share + (1-share)*gain }

// isHigh says whether the band that starts at bin takes the share of high bands.
func isHigh(bin int) bool { return bin*dsp.BinHz >= leftSwap }
