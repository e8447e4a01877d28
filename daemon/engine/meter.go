package engine

import (
	"math"
	"sync/atomic"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/dsp"
)

// atomicFloat is a number that one goroutine sets and others read.
type atomicFloat struct{ bits atomic.Uint32 }

func (f *atomicFloat) set(v float32) { f.bits.Store(math.Float32bits(v)) }
func (f *atomicFloat) get() float32  { return math.Float32frombits(f.bits.Load()) }

const (
	// Levels follow with a time constant of 30 hops = 300 ms, about that of a
	// VU meter; the noise removed with 100 hops = 1 s.
	meterStep    = 1.0 / 30
	meterReduced = 1.0 / 100

	// floorPower is the power of -100 dBFS, below which nothing is measured.
	floorPower = 1e-10

	// pauseBelow is the speech probability below which a hop counts as a pause.
	pauseBelow = 0.2

	// speechAbove is the speech probability from which on a hop counts as speech for the
	// voice's level. That is of the last 1000 hops of speech = 10 s, about half a minute of
	// talk, and known after 100.
	speechAbove = 0.8
	voiceMemory = 1000
	voiceKnown  = 100
)

// meter measures what goes in and out. The engine updates it once per hop.
type meter struct {
	in, out, pauseIn, pauseOut float32 // smoothed power; the engine's own
	voice                      float32 // mean power of hops of speech that came in
	voiceHops                  int     // of them heard in this stream, voiceMemory at most

	input, output, reduction, speech atomicFloat // what others read
	voiceLevel                       atomicFloat // 0: too little speech was heard
}

// power is the mean square of a block.
func power(b *audioio.Block) float32 { return dsp.Energy(b[:]) / audioio.BlockSize }

// update takes the input that out was made of, the speech probability, and the
// gain of levelling, which is not to be taken for noise removed.
func (m *meter) update(in, out *audioio.Block, speech, gain float32) {
	pi, po := power(in), power(out)
	m.in += (pi - m.in) * meterStep
	m.out += (po - m.out) * meterStep
	if speech < pauseBelow && pi > floorPower {
		m.pauseIn += (pi - m.pauseIn) * meterReduced
		m.pauseOut += (po/(gain*gain) - m.pauseOut) * meterReduced
	}
	m.input.set(m.in)
	m.output.set(m.out)
	m.speech.set(speech)
	if m.pauseIn > floorPower {
		m.reduction.set(m.pauseIn / max(m.pauseOut, floorPower))
	}
}

// hear takes a hop that came in, and how likely the processor has found speech in it.
func (m *meter) hear(in *audioio.Block, speech float32) {
	if speech < speechAbove {
		return
	}
	m.voiceHops = min(m.voiceHops+1, voiceMemory)
	m.voice += (power(in) - m.voice) / float32(m.voiceHops)
	if m.voiceHops >= voiceKnown {
		m.voiceLevel.set(m.voice)
	}
}

// forgetVoice forgets the voice's level: another microphone comes.
func (m *meter) forgetVoice() {
	m.voice, m.voiceHops = 0, 0
	m.voiceLevel.set(0)
}

// levelDB returns a power in dB re full scale, at least -100.
func levelDB(p float32) float64 { return 10 * math.Log10(math.Max(float64(p), floorPower)) }

// reductionDB is how much quieter pauses come out than they go in, levelling
// left aside.
func (m *meter) reductionDB() float64 {
	r := m.reduction.get()
	if r <= 0 {
		return 0
	}
	return 10 * math.Log10(float64(r))
}
