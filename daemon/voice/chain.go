// Package voice is the sound after suppression: the steps that make a clean
// voice sound finished, in the order a mixing desk has them. Each is a type of
// package dsp; a Chain is those that its Settings turn on.
package voice

import (
	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/dsp"
)

// Chain finishes one voice, 48 kHz mono, one hop of 10 ms at a time. It belongs
// to one goroutine and allocates nothing after New. The delay is fixed by the
// settings. Another setting is another Chain.
type Chain struct {
	settings Settings
	leveller *dsp.Leveller // nil where it is off, like all of them
	limiter  *dsp.Limiter
}

// levellerRange is how far the leveller may go in dB.
var levellerRange = map[Level][2]float64{Light: {-12, 12}, Strong: {-18, 24}}

// New returns a chain with these settings; values that Check would refuse are
// moved into their range.
func New(s Settings) *Chain {
	c := &Chain{settings: s}
	if r, on := levellerRange[s.Leveller]; on {
		c.leveller = dsp.NewLeveller(s.target(), r[0], r[1])
	}
	c.limiter = dsp.NewLimiter(s.limit())
	return c
}

// Settings returns what New was given.
func (c *Chain) Settings() Settings { return c.settings }

// Process finishes one hop in place: what comes out entered Delay samples
// before. speech is the probability that the hop holds speech, 0 to 1.
func (c *Chain) Process(b *audioio.Block, speech float32) {
	if c.leveller != nil {
		c.leveller.Process(b[:], speech)
	}
	c.limiter.Process(b[:])
}

// Delay is by how many samples the output lies behind the input.
func (c *Chain) Delay() int { return dsp.LimiterDelay }

// Reset forgets the past.
func (c *Chain) Reset() {
	if c.leveller != nil {
		c.leveller.Reset()
	}
	c.limiter.Reset()
}
