package voiceprint

import (
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/kernel"
)

// Live is a [Focus] for calls: it delays nothing, so it knows what was said only, not what follows.
// A voice is lowered once a second of it does not resemble the print, by mostLowered dB at most, and
// is back as soon as it does. What begins after a pause may be anybody's.
type Live struct {
	listener *listener
	judge    causal
	gain     steps
	pause    int // hops without speech until now
	spoken   int // hops with speech since the last pause
	held     int // hops for which Other goes on to be true
}

const (
	// aPause, in hops, is long enough for somebody else to begin, and aSyllable is what is heard of them before
	// any more is done than lowersUnsure.
	aPause    = 30
	aSyllable = 25

	// lowersUnsure is how much of a voice that begins after a pause may be missing, in dB.
	lowersUnsure = 9.0

	// otherHeld is for how many hops a voice that was lowered is said to be there: words have pauses.
	otherHeld = 100
)

// NewLive returns a Live for the voice of a print. Its error is ErrOtherNetwork if this network cannot use it.
func NewLive(p *Print) (*Live, error) {
	n, err := load()
	if err != nil {
		return nil, err
	}
	if p.Network != n.id {
		return nil, ErrOtherNetwork
	}
	own := *p
	l := &Live{listener: newListener(n), judge: causal{network: n, kernels: kernel.Best(), print: &own}}
	return l, nil
}

// Process takes a hop of 480 samples of the microphone, the same hop as it comes out of the
// suppressor, which is changed in place, and how sure the suppressor is that it holds speech, from 0 to 1. It
// returns how sure it is that what is left does: 0 where a voice was lowered. It allocates nothing.
func (l *Live) Process(_, clean []float32, speech float32) float32 {
	if l.listener.hear(clean, speech) {
		l.judge.take(&l.listener.done)
	}
	if speech > surelySpeech {
		l.pause = 0
		l.spoken++
	} else if l.pause++; l.pause == aPause {
		l.spoken = 0
		l.judge.pause()
	}
	from, to := l.gain.towards(l.wanted())
	Lower(clean[:dsp.Hop], from, to)
	if l.held > 0 {
		l.held--
	}
	if l.gain.dB > -mostLowered/2 {
		return speech
	}
	if speech > surelySpeech {
		l.held = otherHeld
	}
	return 0
}

// wanted is the gain of the hop that is to come, in dB.
func (l *Live) wanted() float32 {
	switch {
	case !l.judge.others():
		return 0
	case l.pause >= aPause, l.spoken < aSyllable:
		return -lowersUnsure
	}
	return -mostLowered
}

// Other reports whether another voice is being lowered, or was within the last second.
func (l *Live) Other() bool { return l.held > 0 }

// Reset forgets what was heard: another microphone begins.
func (l *Live) Reset() {
	j := l.judge
	*l = Live{listener: l.listener, judge: causal{network: j.network, kernels: j.kernels, print: j.print}}
	l.listener.reset()
}

// steps is a gain that moves by fall and rise in a hop.
type steps struct{ dB float32 }

// towards moves to a gain, and returns the factors at the beginning and the end of the hop.
func (s *steps) towards(wanted float32) (from, to float32) {
	before := s.dB
	if wanted < before {
		s.dB = max(before-fall, wanted)
	} else {
		s.dB = min(before+rise, wanted)
	}
	return float32(dsp.Gain(float64(before))), float32(dsp.Gain(float64(s.dB)))
}

// causal says whose voice a stream has, from the past alone.
type causal struct {
	network *network
	kernels *kernel.Set
	print   *Print
	blocks  [recent]sums // the last with a voice, a ring
	taken   int
	odds    float64 // log odds that it is the print's
	heard   reference
	window  sums
	values  Values
}

const (
	recent = 10 // blocks that are compared with the print: a second
	latest = 4  // blocks in which the print's voice is known to be back

	// As steep and border of a [decider], for a window that ends with the block that is judged.
	liveSteep, liveBorder = 4.0, 0.5

	// The log odds stay within these, so that they turn soon.
	leastOdds, greatestOdds = -5.0, 3.0

	// evidence is how much of the log odds is left after a pause.
	evidence = 0.8

	// backAgain is how much of its usual resemblance latest blocks have that are surely the print's.
	backAgain = 0.5

	// surelyOthers are the log odds from which on a voice is lowered: 1 to 20.
	surelyOthers = -3.0
)

// take takes the sums of the next block.
func (c *causal) take(block *sums) {
	if block.voiced == 0 {
		return
	}
	c.blocks[c.taken%recent] = *block
	c.taken++
	alike, known := c.alike(recent)
	if !known {
		return
	}
	own := c.heard.next(alike, float64(c.print.Own))
	odds := min(max(liveSteep*(alike/own-liveBorder), -mostOdds), mostOdds)
	c.odds = min(max(passed(c.odds)+odds, leastOdds), greatestOdds)
	if now, known := c.alike(latest); known && now > backAgain*own {
		c.odds = max(c.odds, 0)
	}
}

// alike is how much the last blocks resemble the print; known is false where they hold too little of a voice.
func (c *causal) alike(blocks int) (alike float64, known bool) {
	c.window = sums{}
	for b := max(c.taken-blocks, 0); b < c.taken; b++ {
		c.window.add(c.kernels, &c.blocks[b%recent])
	}
	if c.window.voiced < leastSpoken {
		return 0, false
	}
	c.network.from(c.kernels, &c.window, &c.values)
	return float64(c.values.resembles(&c.print.Values)), true
}

// others reports whether the voice is surely another's.
func (c *causal) others() bool { return c.odds < surelyOthers }

// pause takes off what was known of the voice before a pause.
func (c *causal) pause() { c.odds *= evidence }
