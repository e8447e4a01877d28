package dsp

import "math"

// DeEsser softens sharp s and sh sounds: a dip around 6.5 kHz that opens only
// while that band is louder than the voice warrants. It delays nothing.
//
// The dip is x - (1-g) band(x) with a band-pass of gain 1 in its middle, whose
// real part is nowhere negative, so the level falls to g in the middle and
// rises above 1 nowhere (P. Regalia and S. Mitra, "Tunable digital frequency
// response equalization filters", 1987).
type DeEsser struct {
	band  stateVariable
	sharp float64 // mean square of the band, within ms
	voice float64 // mean square of the rest while somebody speaks, within seconds
	heard float64 // seconds behind voice, up to deessMemory
	gain  float64 // reached at the end of the last step

	threshold float64 // of sharp to voice, in power
	most      float64 // lowest gain
}

const (
	deessHz     = 6500.0
	deessQ      = 0.8 // 3 dB: 3.6 to 11.8 kHz
	deessStep   = 16  // samples between two gains
	deessMemory = 3.0 // seconds
	deessTrust  = 0.1 // seconds of voice before the first dip
	deessFloor  = 1e-6
)

// NewDeEsser returns a de-esser that lowers by 5 dB at most what is louder than
// 10 dB below the voice; a strong one by 10 dB what is louder than -14 dB.
func NewDeEsser(strong bool) *DeEsser {
	d := &DeEsser{threshold: 0.1, most: Gain(-5)}
	if strong {
		d.threshold, d.most = 0.04, Gain(-10)
	}
	d.band.set(deessHz, deessQ)
	d.Reset()
	return d
}

// Reset forgets the voice.
func (d *DeEsser) Reset() {
	d.band.reset()
	d.sharp, d.voice, d.heard = 0, 0, 0
	d.gain = 1
}

// Process softens one hop (Hop samples) in place. speech is the probability
// that it holds speech.
func (d *DeEsser) Process(hop []float32, speech float32) {
	hop = hop[:Hop]
	rest := 0.0
	var bands [deessStep]float64
	for i := 0; i < Hop; i += deessStep {
		step := hop[i:][:deessStep]
		sharp := 0.0
		for k, x := range step {
			_, b, _ := d.band.next(float64(x))
			r := float64(x) - b
			bands[k] = b
			sharp += float64(b * b)
			rest += float64(r * r)
		}
		d.sharp = follow(d.sharp, sharp/deessStep, 0.3, 0.04) // 1 ms, 8 ms
		to := d.wanted()
		if d.gain == 1 && to == 1 {
			continue // bit by bit as it came
		}
		slope := (to - d.gain) / deessStep
		for k := range step {
			g := to - float64(slope*float64(deessStep-1-k))
			step[k] -= float32((1 - g) * bands[k])
		}
		d.gain = to
	}
	d.band.settle()
	d.learn(rest/Hop, speech)
}

// wanted is the gain of the band: it takes back three quarters of what the band
// is too loud by, in dB.
func (d *DeEsser) wanted() float64 {
	if d.heard < deessTrust {
		return 1
	}
	over := d.sharp / (d.threshold * d.voice)
	if !(over > 1) {
		return 1
	}
	// As an amplitude the excess is over^(1/2); three quarters of it over^(3/8).
	return max(math.Pow(over, -0.375), d.most)
}

// learn takes a hop into the voice's level.
func (d *DeEsser) learn(power float64, speech float32) {
	if !(speech >= levellerSpeech) || !(power > deessFloor) || power-power != 0 {
		return
	}
	// Soft sounds are no measure for loud ones.
	if d.heard > 1 && power < d.voice/100 {
		return
	}
	d.heard = math.Min(d.heard+hopSeconds, deessMemory)
	d.voice += float64(hopSeconds / d.heard * (power - d.voice))
}
