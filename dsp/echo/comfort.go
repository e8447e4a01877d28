package echo

import (
	"math"

	"github.com/stillmic/stillmic/dsp"
)

const (
	// comfortPart is how loud comfort noise and what is left are together beside the background, 10 dB below it.
	comfortPart = 0.1

	// The background that is filled in is the least of late. It rises by comfortRise, 1 dB in 4 s: what the far end itself
	// leaves between two words is no background.
	comfortRise = 1.000576
)

// comfort fills in what the gains take off the background while there is an echo: where it comes and goes with the
// far end's words, these are heard in it.
type comfort struct {
	floor [bands]float32 // the background
	hops  int
	seed  uint32
	spec  [dsp.Bins]complex64
	build dsp.Synthesizer
	noise [dsp.Hop]float32
	sound bool // whether the hop before has left something to be heard
}

func (c *comfort) reset() { *c = comfort{} }

// fill adds noise to a hop that has been lowered by these gains, where rest is what there was before, and noise the
// background.
func (c *comfort) fill(hop []float32, gain, rest, noise *[bands]float32) {
	sounds := false
	for b, g := range gain {
		if c.floor[b] = c.floor[b]*comfortRise + leastVariance; c.hops == 0 || noise[b] < c.floor[b] {
			c.floor[b] = noise[b]
		}
		missing := float32(0)
		if g < 1 {
			missing = max(comfortPart*c.floor[b]-g*g*rest[b], 0)
		}
		c.draw(edges[b], edges[b+1], missing)
		sounds = sounds || missing > 0
	}
	c.hops++
	if !sounds && !c.sound {
		return
	}
	c.build.Synthesize(c.noise[:], c.spec[:])
	for i, v := range c.noise {
		hop[i] += v
	}
	c.sound = sounds
}

// draw sets the bins from one to another to noise of so much power.
func (c *comfort) draw(from, to int, power float32) {
	if power == 0 {
		clear(c.spec[from:to])
		return
	}
	// Half of it is in the real parts; the spectrum of what has not been windowed yet has twice the power.
	size := float32(math.Sqrt(float64(3 * power / float32(to-from))))
	for k := from; k < to; k++ {
		c.spec[k] = complex(size*c.random(), size*c.random())
	}
	if to == dsp.Bins {
		c.spec[to-1] = 0
	}
}

// random is between -1 and 1, of mean square a third: by the linear congruence of Numerical Recipes.
func (c *comfort) random() float32 {
	c.seed = c.seed*1664525 + 1013904223
	return float32(c.seed>>8)/(1<<23) - 1
}
