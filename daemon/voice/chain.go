// Package voice is the sound around suppression: what makes a voice fit for the
// network before it, and sound finished after it. Each step is a type of package
// dsp; a Chain is those that its Settings turn on, in the order a mixing desk
// has them.
package voice

import (
	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/dsp"
)

// Chain finishes one voice, 48 kHz mono, one hop of 10 ms at a time. It belongs
// to one goroutine and allocates nothing after New. The delay is fixed by the
// settings. Another setting is another Chain. A step that is off is nil.
type Chain struct {
	settings Settings
	steps    []resetter // all that are on
	delay    int
	heard    [probabilities]float32 // what Process was told, the newest first

	// Before suppression; these delay nothing.
	declip *dsp.Declipper
	hum    *dsp.Hum

	plosive  *dsp.Plosive
	dereverb *dsp.Dereverb
	gate     *dsp.Gate
	click    *dsp.Declicker
	breath   *dsp.Breath
	deess    *dsp.DeEsser
	clarity  *dsp.Clarity
	leveller *dsp.Leveller

	// The limiter is in every chain; linked ones share it, and their hops wait here
	// for the last.
	limiter *dsp.Limiter
	hops    [][]float32
	place   int // in hops
}

type resetter interface{ Reset() }

// probabilities are as many as the steps can be late by, and one: dereverb 1, gate 2.
const probabilities = 4

// levellerRange is how far the leveller may go in dB.
var levellerRange = map[Level][2]float64{Light: {-12, 24}, Strong: {-24, 36}}

// New returns a chain with these settings. Values that Check refuses give a
// chain that does something else than was asked for, but no harm.
func New(s Settings) *Chain { return NewLinked(s, 1)[0] }

// newChain returns a chain without its limiter.
func newChain(s Settings) *Chain {
	c := &Chain{settings: s}
	on(c, s.Declip, &c.declip, dsp.NewDeclipper, 0)
	on(c, s.Hum, &c.hum, dsp.NewHum, 0)
	on(c, s.Plosive, &c.plosive, dsp.NewPlosive, 0)
	on(c, s.Dereverb, &c.dereverb, dsp.NewDereverb, dsp.DereverbDelay)
	on(c, s.Gate, &c.gate, dsp.NewGate, dsp.GateDelay)
	on(c, s.Click, &c.click, dsp.NewDeclicker, dsp.DeclickDelay)
	on(c, s.Breath, &c.breath, dsp.NewBreath, 0)
	on(c, s.DeEss, &c.deess, dsp.NewDeEsser, 0)
	on(c, s.Clarity, &c.clarity, dsp.NewClarity, 0)
	on(c, s.Leveller, &c.leveller, func(bool) *dsp.Leveller {
		r := levellerRange[s.Leveller]
		return dsp.NewLeveller(s.target(), r[0], r[1])
	}, 0)
	return c
}

// NewLinked returns a chain for each channel of one recording, whose levellers and
// limiters move as one, so that the picture between the loudspeakers stays where it
// is. Each hop must go to the chains in their order, and all blocks are finished
// when the last chain has had its own.
func NewLinked(s Settings, channels int) []*Chain {
	chains, hops := make([]*Chain, channels), make([][]float32, channels)
	limiter := dsp.NewLimiter(s.limit(), channels)
	var levellers []*dsp.Leveller
	for i := range chains {
		c := newChain(s)
		on(c, Light, &c.limiter, func(bool) *dsp.Limiter { return limiter }, dsp.LimiterDelay)
		c.hops, c.place = hops, i
		if c.leveller != nil {
			levellers = append(levellers, c.leveller)
		}
		chains[i] = c
	}
	if len(levellers) > 0 {
		dsp.LinkLevellers(levellers)
	}
	return chains
}

// on makes a step where its knob asks for one.
func on[T resetter](c *Chain, l Level, step *T, newStep func(strong bool) T, delay int) {
	if l == Off {
		return
	}
	*step = newStep(l == Strong)
	c.steps = append(c.steps, *step)
	c.delay += delay
}

// Settings returns what New was given.
func (c *Chain) Settings() Settings { return c.settings }

// Prepare repairs one hop in place before it goes to the suppressor: clipped
// peaks and hum, which no network was trained on and which are hard to find
// behind one. It delays nothing.
func (c *Chain) Prepare(b *audioio.Block) {
	if c.declip != nil {
		c.declip.Process(b[:])
	}
	if c.hum != nil {
		c.hum.Process(b[:])
	}
}

// Process finishes one hop in place: what comes out entered Delay samples
// before. speech is the probability that the hop holds speech, 0 to 1. The
// suppressor's comes a hop early, which the steps are glad about.
func (c *Chain) Process(b *audioio.Block, speech float32) {
	copy(c.heard[1:], c.heard[:])
	c.heard[0] = speech
	late := 0 // hops
	if c.plosive != nil {
		c.plosive.Process(b[:])
	}
	if c.dereverb != nil {
		c.dereverb.Process(b[:])
		late += dsp.DereverbDelay / dsp.Hop
	}
	if c.gate != nil {
		c.gate.Process(b[:], c.heard[late])
		late += dsp.GateDelay / dsp.Hop
	}
	speech = c.heard[late]
	if c.click != nil {
		c.click.Process(b[:], speech)
	}
	if c.breath != nil {
		c.breath.Process(b[:], speech)
	}
	if c.deess != nil {
		c.deess.Process(b[:], speech)
	}
	if c.clarity != nil {
		c.clarity.Process(b[:])
	}
	if c.leveller != nil {
		c.leveller.Process(b[:], speech)
	}
	c.hops[c.place] = b[:]
	if c.place == len(c.hops)-1 {
		c.limiter.Process(c.hops...)
	}
}

// LookAhead has the leveller of a recording learn from what is still to come, and returns how
// many hops ahead of Process it is to be told by Hear; 0 where nothing is levelled. It is called
// before the first hop.
func (c *Chain) LookAhead() (hops int) {
	if c.leveller == nil {
		return 0
	}
	c.leveller.LookAhead()
	return dsp.LevellerAhead
}

// Hear tells what the suppressor made of a hop that comes to Process later.
func (c *Chain) Hear(b *audioio.Block, speech float32) {
	if c.leveller != nil {
		c.leveller.Hear(b[:], speech)
	}
}

// Gain is what the leveller multiplied the last hop by, 1 without one: to tell
// what was removed from what was made louder.
func (c *Chain) Gain() float32 {
	if c.leveller == nil {
		return 1
	}
	return c.leveller.Factor()
}

// Delay is by how many samples the output of Process lies behind its input.
func (c *Chain) Delay() int { return c.delay }

// Reset forgets the past.
func (c *Chain) Reset() {
	clear(c.heard[:])
	for _, s := range c.steps {
		s.Reset()
	}
}
