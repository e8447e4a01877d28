package model

import (
	"fmt"
	"math"

	"github.com/stillmic/stillmic/dsp"
)

// Widener adds to a voice that was recorded at a low rate the band above, which
// the recording lacks. It does not know what was there: it guesses. From the
// spectral envelope below, a small network (scripts/train/widen.py) says how loud
// the bands above would be, up to 16 kHz, and the rectified voice, which has the
// voice's harmonics at all frequencies, is shaped to that.
//
// The band below comes out as it went in, WidenDelay samples later. A Widener
// belongs to one goroutine.
type Widener struct {
	net         *envelope
	voice       dsp.Analyzer
	rectifier   dsp.Analyzer
	synthesizer dsp.Synthesizer

	edge  int // first bin that is added
	known int // bands of the recording

	spec, excitation [dsp.Bins]complex64
	rectified        [dsp.Hop]float32
	input            [2*widenBands + 1]float32 // the network's: bands now and before, their share
	level            [widenBands]float32       // of the bands in dB; above the edge the guess
	sum              [dsp.Bins + 1]float64     // of the excitation's power, for its mean
}

const (
	// WidenDelay is the delay of a Widener in samples: 10 ms.
	WidenDelay = dsp.Hop

	// WidenRate is the highest rate in Hz of a recording that a Widener is for.
	WidenRate = 24000

	// What follows is as in widen.py.
	widenBands  = 30
	widenHidden = 64
	widenFloor  = 1e-6
	widenKeep   = 0.8
	widenUsed   = 0.465 // of the recording's rate: where its band ends for certain
	widenUnit   = 20    // dB

	// Guesses move by half a step per hop, and stay within what speech does: dB
	// above the mean of the known bands.
	widenSmooth = 0.5
	// What is too loud is heard more than what is missing: 5 dB less is as near
	// to the true spectrum, and PESQ takes it better.
	widenCaution = 5

	widenLowest = -90
	widenMost   = 20

	// whitenReach is how many bins to either side make the mean that the
	// excitation's own envelope is taken out by: 400 Hz.
	whitenReach = 8
)

// NewWidener returns a Widener for voices recorded at a rate in Hz, now at 48 kHz.
func NewWidener(rate int) (*Widener, error) {
	if rate <= 0 || rate > WidenRate {
		return nil, fmt.Errorf("a recording of %d Hz has its upper band: only those up to %d Hz can be widened", rate, WidenRate)
	}
	net, err := loadEnvelope()
	if err != nil {
		return nil, err
	}
	w := &Widener{net: net, edge: int(widenUsed * float64(rate) / dsp.BinHz)}
	for w.known < widenBands && net.edges[w.known+1] <= w.edge {
		w.known++
	}
	w.Reset()
	return w, nil
}

// Reset forgets the past.
func (w *Widener) Reset() {
	w.voice.Reset()
	w.rectifier.Reset()
	w.synthesizer.Reset()
	clear(w.input[:])
	w.input[2*widenBands] = float32(w.known) / widenBands
	for b := range w.level {
		w.level[b] = widenLowest
	}
}

// Process takes one hop (480 samples at 48 kHz) and replaces it by the one before,
// widened.
func (w *Widener) Process(hop []float32) {
	for i, v := range hop[:dsp.Hop] {
		w.rectified[i] = max(v, -v)
	}
	w.voice.Analyze(w.spec[:], hop[:dsp.Hop])
	w.rectifier.Analyze(w.excitation[:], w.rectified[:])
	if w.guess() {
		w.add()
	}
	w.synthesizer.Synthesize(hop[:dsp.Hop], w.spec[:])
}

// guess finds the levels of the bands; it is false where there is nothing to go by.
func (w *Widener) guess() bool {
	var now [widenBands]float32
	mean := float32(0)
	for b := range w.known {
		now[b] = w.measure(b)
		mean += now[b] / float32(w.known)
	}
	if mean-mean != 0 { // not a number
		w.Reset()
		return false
	}
	for b := range w.known {
		past := &w.input[widenBands+b]
		*past = widenKeep**past + (1-widenKeep)*w.input[b]
		w.input[b] = (now[b] - mean) / widenUnit
	}
	guess := w.net.answer(&w.input)
	for b := range w.level {
		next := mean + min(max(widenUnit*guess[b], widenLowest), widenMost)
		w.level[b] = widenSmooth*w.level[b] + (1-widenSmooth)*next
	}
	copy(w.level[:w.known], now[:])
	return true
}

// measure is the level of a band of the voice in dB.
func (w *Widener) measure(b int) float32 {
	bins, sum := w.spec[w.net.edges[b]:w.net.edges[b+1]], float32(0)
	for _, x := range bins {
		sum += real(x)*real(x) + imag(x)*imag(x)
	}
	return float32(10 * math.Log10(float64(sum/float32(len(bins)))+widenFloor))
}

// add shapes the excitation to the levels and adds it above the edge.
func (w *Widener) add() {
	for k, x := range w.excitation {
		w.sum[k+1] = w.sum[k] + float64(real(x))*float64(real(x)) + float64(imag(x))*float64(imag(x))
	}
	e := &w.net.edges
	for k, b := w.edge, 0; k < e[widenBands]; k++ {
		// The level runs straight from the middle of one band to that of the next.
		for b < widenBands-2 && 2*k > e[b+1]+e[b+2] {
			b++
		}
		low, high := float64(e[b]+e[b+1])/2, float64(e[b+1]+e[b+2])/2
		at := min(max((float64(k)-low)/(high-low), 0), 1)
		dB := (1-at)*float64(w.level[b]) + at*float64(w.level[b+1]) - widenCaution
		wanted := max(math.Pow(10, dB/10)-widenFloor, 0)
		lo, hi := max(k-whitenReach, 1), min(k+whitenReach+1, dsp.Bins-1)
		mean := (w.sum[hi] - w.sum[lo]) / float64(hi-lo)
		g := float32(math.Sqrt(wanted / (mean + widenFloor*widenFloor)))
		x := w.excitation[k]
		w.spec[k] += complex(g*real(x), g*imag(x))
	}
}
