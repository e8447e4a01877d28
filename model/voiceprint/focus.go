package voiceprint

import (
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/kernel"
)

// Focus lowers every voice of a recording but that of a print, by mostLowered dB. It hears what
// comes out of the suppressor, and gives it out Delay samples later, when it knows what follows. What is not
// surely another's voice stays as it is: so does the print's voice together with another.
type Focus struct {
	listener *listener
	decider  *decider
	ring     []waiting  // hops that wait
	hops     int        // taken so far
	lowered  [keep]bool // of the blocks that are decided, a ring
	decided  int
	dB       float32 // of the last hop
	from, to float32 // factors at its beginning and its end
	speech   float32
	mean     [dsp.Hop]float32
}

// waiting is a hop of every channel.
type waiting struct {
	samples []float32
	speech  float32
}

const (
	mostLowered = 20.0 // dB
	surelyOther = -4.0 // log odds from which on a voice is lowered: 1 to 55

	// guard is how many blocks before and after one that stays do so, too.
	guard = 1

	// fall and rise are how much further a gain moves in a hop, in dB.
	fall = 2.0
	rise = 4.0

	keep       = 2*guard + 2
	focusHops  = (decideLate+guard+1)*blockHops + listenerDelay
	focusDelay = focusHops * dsp.Hop
)

// NewFocus returns a Focus for channels that hear the same voices.
func NewFocus(p *Print, channels int) (*Focus, error) {
	n, err := load()
	if err != nil {
		return nil, err
	}
	if p.Network != n.id {
		return nil, ErrOtherNetwork
	}
	f := &Focus{listener: newListener(n), decider: &decider{network: n, kernels: kernel.Best(), print: p}, from: 1, to: 1}
	f.ring = make([]waiting, focusHops+1)
	for i := range f.ring {
		f.ring[i].samples = make([]float32, channels*dsp.Hop)
	}
	return f, nil
}

// Delay is by how many samples what comes out lies behind.
func (f *Focus) Delay() int { return focusDelay }

// Speech is how sure the suppressor was that the hop that came out last holds speech; 0 where it was lowered.
func (f *Focus) Speech() float32 { return f.speech }

// There reports whether what came out last is of the recording, not the silence at first.
func (f *Focus) There() bool { return f.hops > focusHops }

// Gain is by what the hop that came out last was multiplied, at its beginning and its end; linear in between.
func (f *Focus) Gain() (from, to float32) { return f.from, f.to }

// Process takes a hop of every channel, and how sure the suppressor is that they hold speech, and
// puts the hops that are due in their place; silence at first.
func (f *Focus) Process(hops [][]float32, speech float32) {
	now := &f.ring[f.hops%len(f.ring)]
	now.speech = speech
	clear(f.mean[:])
	for c, hop := range hops {
		copy(now.samples[c*dsp.Hop:][:dsp.Hop], hop)
		for i, v := range hop[:dsp.Hop] {
			f.mean[i] += v / float32(len(hops))
		}
	}
	f.hops++
	if f.listener.hear(f.mean[:], speech) {
		if odds, there := f.decider.take(&f.listener.done); there {
			f.lowered[f.decided%keep] = odds < surelyOther
			f.decided++
		}
	}
	if f.hops <= focusHops {
		for _, hop := range hops {
			clear(hop[:dsp.Hop])
		}
		f.speech = 0
		return
	}
	f.give(hops, f.hops-1-focusHops)
}

// give puts out a hop, with its gain.
func (f *Focus) give(hops [][]float32, hop int) {
	due := &f.ring[hop%len(f.ring)]
	from := f.dB
	f.dB = max(f.dB-fall, -mostLowered)
	if !f.lowers(hop / blockHops) {
		f.dB = min(from+rise, 0)
	}
	f.speech = due.speech
	if f.dB < -mostLowered/2 {
		f.speech = 0
	}
	f.from, f.to = float32(dsp.Gain(float64(from))), float32(dsp.Gain(float64(f.dB)))
	for c, out := range hops {
		copy(out, due.samples[c*dsp.Hop:][:dsp.Hop])
		Lower(out[:dsp.Hop], f.from, f.to)
	}
}

// Lower multiplies a hop by what [Focus.Gain] has returned.
func Lower(hop []float32, from, to float32) {
	if from == 1 && to == 1 {
		return
	}
	for i := range hop {
		hop[i] *= from + (to-from)*float32(i+1)/dsp.Hop
	}
}

// lowers reports whether a block is lowered: it and those around are surely another's.
func (f *Focus) lowers(block int) bool {
	for b := max(block-guard, 0); b <= block+guard; b++ {
		if !f.lowered[b%keep] {
			return false
		}
	}
	return true
}
