package echo

import (
	"math"

	"github.com/stillmic/stillmic/dsp"
)

const (
	// clockPoints is how many delays a slope is laid through: 5 s of sound at the far end. From
	// clockFirst of them on, 1.5 s, a slope is believed that stands out.
	clockPoints, clockFirst = 33, 10

	// clockJump is how many samples a delay may change from look to look, for clocks' sake: 330 parts
	// per million. More is another path.
	clockJump = 4

	// clockMost is the largest difference of two clocks, in parts per million; quartz is within 100.
	// Below clockLeast the filters follow by themselves.
	clockMost, clockLeast = 400, 0.5

	// clockSure is how many standard deviations a slope must differ from none.
	clockSure = 3
)

// clock finds by how much the clocks of loudspeaker and microphone differ: by that the delay
// between the two moves.
type clock struct {
	hop    [clockPoints]float64 // when each delay was found, in hops
	delay  [clockPoints]float64 // in samples
	points int
	ppm    float64 // by how much the reference has to be stretched
}

// restart forgets the delays, as after a change of the path.
func (c *clock) restart() { c.points = 0 }

func (c *clock) reset() { *c = clock{} }

// take learns from a delay that was found at a hop, and reports whether ppm has changed.
func (c *clock) take(hop, delay float64) bool {
	if n := c.points; n > 0 && math.Abs(delay-c.delay[n-1]) > clockJump {
		c.restart()
	}
	if c.points == clockPoints {
		copy(c.hop[:], c.hop[1:])
		copy(c.delay[:], c.delay[1:])
		c.points--
	}
	c.hop[c.points], c.delay[c.points] = hop, delay
	if c.points++; c.points < clockFirst {
		return false
	}
	slope, deviation := c.slope()
	ppm := slope / dsp.Hop * 1e6
	if math.Abs(slope) < clockSure*deviation || math.Abs(ppm) < clockLeast {
		return false
	}
	before := c.ppm
	c.ppm = min(max(c.ppm+ppm, -clockMost), clockMost)
	// What the delays would have been at this rate.
	moved := (c.ppm - before) * 1e-6 * dsp.Hop
	for i := range c.points {
		c.delay[i] += moved * (hop - c.hop[i])
	}
	return true
}

// slope returns by how many samples the delay grows in a hop, by least squares, and the standard
// deviation of that.
func (c *clock) slope() (slope, deviation float64) {
	n := float64(c.points)
	var hop, delay, hh, hd, dd float64
	for i := range c.points {
		hop += c.hop[i] / n
		delay += c.delay[i] / n
	}
	for i := range c.points {
		h, d := c.hop[i]-hop, c.delay[i]-delay
		hh, hd, dd = hh+h*h, hd+h*d, dd+d*d
	}
	slope = hd / hh
	return slope, math.Sqrt(max(dd-slope*hd, 0) / (n - 2) / hh)
}
