package model

import (
	"math"

	"github.com/stillmic/stillmic/dsp"
)

// What removes noise takes some of the voice with it: 1 dB at 10 dB above the noise, more
// below. A slow gain gives it back. The energy of the input while a voice is heard, less that
// in pauses, is the voice's; as much should come out. The numbers were chosen on mixes: see
// MODEL_CARD.md.
const (
	makeupMost = 2 // dB

	// makeupRate is how fast the energies follow, per hop of each: 1 / (1 s). A voice counts
	// from makeupKnown on, after 0.1 s of it, before that in part.
	makeupRate  = 0.01
	makeupKnown = 10 * makeupRate

	// How loud a voice is can be told from makeupFrom on in part, in dB above its noise, from
	// makeupWhole on altogether.
	makeupFrom  = 0
	makeupWhole = 5
)

// makeup follows what comes in and goes out, and gives a voice its level back.
type makeup struct {
	pause, voice mean    // energies of a hop of the input
	left         mean    // and of the output, with a voice
	snr          float32 // of the voice above the noise in pauses, in dB; 0 before there was one
	gain         float32 // that the next hop ends with, in dB
	last         float32 // factor at the end of the last hop, less 1
}

// mean is a running mean that is right from the first value on.
type mean struct{ sum, weight float32 }

// add takes in a value with a weight from 0 to 1.
func (m *mean) add(value, weight float32) {
	weight *= makeupRate
	m.weight += weight * (1 - m.weight)
	m.sum += weight * (value - m.sum)
}

// value is the mean, or 0 before there was a value.
func (m *mean) value() float32 { return m.sum / max(m.weight, math.SmallestNonzeroFloat32) }

// apply raises a hop to the voice's level. input is the energy of what came in for it, speech
// how sure it is that there is a voice.
func (m *makeup) apply(wet []float32, input, speech float32) {
	left := dsp.Energy(wet)
	from, to := m.last, float32(math.Pow(10, float64(m.gain)/20)-1)
	m.last = to
	if from != 0 || to != 0 {
		step := (to - from) / dsp.Hop
		for i, v := range wet {
			wet[i] = v + (from+step*float32(i+1))*v
		}
	}
	m.follow(input, left, speech)
}

// follow takes in the energies of a hop and sets the gain for the next.
func (m *makeup) follow(input, left, speech float32) {
	m.pause.add(input, max(0, 1-2*speech))
	m.voice.add(input, max(0, 2*speech-1))
	m.left.add(left, max(0, 2*speech-1))
	m.snr, m.gain = 0, 0
	noise := m.pause.value()
	voice := m.voice.value() - noise
	if m.pause.weight == 0 || !(voice > 0) || m.left.sum == 0 {
		return
	}
	m.snr = decibels(voice, max(noise, math.SmallestNonzeroFloat32))
	sure := ramp(m.snr, makeupFrom, makeupWhole) * min(1, m.voice.weight/makeupKnown)
	m.gain = sure * min(makeupMost, max(0, decibels(voice, m.left.value())))
}

// decibels is the ratio of two energies in dB.
func decibels(a, b float32) float32 { return 10 * float32(math.Log10(float64(a)/float64(b))) }
