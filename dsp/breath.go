package dsp

import "math"

// Breath softens the breaths between words: noise without pitch, far softer
// than the voice, without low tones, and longer than an f or th. It is lowered
// slowly once that is certain, and let go at once. It delays nothing.
type Breath struct {
	split  stateVariable // tells low from high, at 4 kHz
	coarse [breathWindow]float64
	voice  float64 // mean square of speech
	long   int     // hops that it may be a breath for
	gain   float64
	most   float64
}

const (
	breathHops   = 8   // 80 ms: longer than soft consonants
	breathFall   = 3.0 // dB per hop
	breathBelow  = 1.0 / 16
	breathRange  = 1e-5 // -50 dB from the voice
	breathHz     = 400.0
	breathLow    = 0.35 // share of the energy that a breath has below
	breathPitch  = 0.5  // correlation of a voice with itself a period later
	breathRate   = 12   // decimation to 4 kHz for the pitch
	breathNew    = Hop / breathRate
	breathWindow = 3 * breathNew // 30 ms
	breathFirst  = 10            // lags: 400 Hz
	breathLast   = 50            // 80 Hz
)

// NewBreath returns a softener by 8 dB, a strong one by 16 dB.
func NewBreath(strong bool) *Breath {
	b := &Breath{most: Gain(-8)}
	if strong {
		b.most = Gain(-16)
	}
	b.Reset()
	return b
}

// Reset forgets the voice.
func (b *Breath) Reset() {
	b.split.setAt(breathHz, math.Sqrt2/2, SampleRate/breathRate)
	b.split.reset()
	clear(b.coarse[:])
	b.voice, b.long, b.gain = 0, 0, 1
}

// Process softens one hop (Hop samples) in place. speech is the probability
// that it holds speech.
func (b *Breath) Process(hop []float32, speech float32) {
	hop = hop[:Hop]
	total, low := 0.0, 0.0
	copy(b.coarse[:], b.coarse[breathNew:])
	for i := range breathNew {
		sum, all := float32(0), float32(0)
		for _, x := range hop[i*breathRate:][:breathRate] {
			sum += x
			all += float32(x * x)
		}
		coarse := float64(sum) / breathRate
		b.coarse[breathWindow-breathNew+i] = coarse
		l, _, _ := b.split.next(coarse)
		low += float64(l * l)
		total += float64(all)
	}
	b.split.settle()
	total /= Hop
	low /= breathNew
	if b.like(total, low) {
		b.long++
	} else {
		b.long = 0
		if speech >= levellerSpeech {
			b.voice = follow(b.voice, total, 0.05, 0.002)
		}
	}
	to := 1.0
	if b.long >= breathHops {
		to = max(b.gain*Gain(-breathFall), b.most)
	}
	b.fade(hop, to)
}

// like reports whether a hop of this power, in all and below breathHz, may be part
// of a breath.
func (b *Breath) like(total, low float64) bool {
	return total < breathBelow*b.voice && total > breathRange*b.voice &&
		low < breathLow*total && b.pitch() < breathPitch
}

// fade moves the gain; back up within the first quarter of the hop, so that
// what follows the breath is whole.
func (b *Breath) fade(hop []float32, to float64) {
	if b.gain == 1 && to == 1 {
		return
	}
	n := Hop
	if to > b.gain {
		n = Hop / 4
	}
	step := (to - b.gain) / float64(n)
	for i := range hop {
		hop[i] *= float32(to - float64(step*float64(max(n-1-i, 0))))
	}
	b.gain = to
}

// pitch returns how much the last 30 ms are like themselves a period of a voice
// later: 1 is all, 0 nothing.
func (b *Breath) pitch() float64 {
	x := b.coarse[breathLast:]
	energy := 1e-12
	for _, v := range x {
		energy += float64(v * v)
	}
	best := 0.0
	for lag := breathFirst; lag <= breathLast; lag++ {
		product, other := 0.0, 1e-12
		for i, y := range b.coarse[breathLast-lag:][:len(x)] {
			product += float64(x[i] * y)
			other += float64(y * y)
		}
		if product > 0 {
			best = max(best, product/math.Sqrt(energy*other))
		}
	}
	return best
}
