package model

import "github.com/stillmic/stillmic/dsp"

// While a voice is heard it masks much of the noise, and what the network takes
// too much is taken from the voice. So the noise is then lowered by no more than
// 18 dB below 8 kHz, and 30 dB above, where hiss is heard beside any voice; in
// pauses there is no such bound. The numbers were chosen on the development
// mixes: see MODEL_CARD.md.
const (
	leftLow  = 0.12589254  // 10^(-18/20)
	leftHigh = 0.031622777 // 10^(-30/20)
	leftSwap = 8000        // Hz

	// voiceSure is the speech probability from which a voice is taken for heard.
	voiceSure = 0.5

	// voiceRelease is how fast a voice that has ended is forgotten, per hop:
	// half in 0.69 s, so that soft ends of words and short pauses belong to it.
	voiceRelease = 0.99
)

// voiceHold follows the network's speech probability: up at once, down slowly.
type voiceHold float32

// next takes the probability of the next hop and returns the share of the input
// that the mask has to leave in bands below and above leftSwap.
func (v *voiceHold) next(speech float32) (low, high float32) {
	*v = voiceHold(max(min(1, speech/voiceSure), voiceRelease*float32(*v)))
	return leftLow * float32(*v), leftHigh * float32(*v)
}

// leave returns the mask's gain with share of the input left in.
func leave(share, gain float32) float32 { return share + (1-share)*gain }

// isHigh says whether the band that starts at bin takes the share of high bands.
func isHigh(bin int) bool { return bin*dsp.BinHz >= leftSwap }
