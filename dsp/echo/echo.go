// Package echo takes out of a microphone what a loudspeaker beside it plays: two adaptive
// filters, a search for the delay, a comparison of the clocks, and a gain that lowers what is
// left while no near voice is heard. It adds no delay, allocates nothing per hop and takes no
// lock. See the README beside it.
package echo

import (
	"math"

	"github.com/stillmic/stillmic/dsp"
)

const (
	// partitions is how many hops of a room's response a filter holds: 200 ms.
	partitions = 20

	// Transitions are how much of a response stays from hop to hop: the slow filter is the more
	// exact one, the fast one follows changes.
	slowTransition, fastTransition = 0.9995, 0.995

	// active is the mean square from which on a hop of the reference counts, -70 dBFS.
	active = 1e-7

	// idleHops is after how many hops of silence of the reference nothing is left to be done: the
	// filter's length, and two for what ends.
	idleHops = partitions + 2
)

// Canceller takes the echo of one reference out of one microphone. It belongs to one goroutine.
type Canceller struct {
	reference *reference
	history   *history
	slow      *filter
	fast      *filter
	work      work
	delay     delay
	clock     clock
	choice    choice
	residual  residual
	far       [dsp.Hop]float32
	hops      int     // worked on
	quiet     int     // hops since the reference was heard last
	moved     int     // hops by which the reference comes later than at the beginning
	same      int     // looks in a row that found the same delay
	was       float64 // that delay
}

// New returns a Canceller that knows nothing of the room yet.
func New() *Canceller {
	c := &Canceller{
		reference: newReference(), history: newHistory(partitions), slow: newFilter(partitions, slowTransition),
		fast: newFilter(partitions, fastTransition),
	}
	c.Reset()
	return c
}

// Reset forgets the room, the reference and the clocks, as after a change of devices.
func (c *Canceller) Reset() {
	c.reference.reset()
	c.history.reset()
	c.delay.reset()
	c.clock.reset()
	c.moved = 0
	c.forget()
}

// forget begins anew with the room.
func (c *Canceller) forget() {
	c.slow.reset()
	c.fast.reset()
	c.choice = choice{}
	c.residual.reset()
	c.quiet, c.same, c.was = idleHops, 0, 0
}

// Play takes what the loudspeaker is given, mono, at most a second and a half ahead of the microphone. The
// first sample belongs to the first of Process or to one up to a second later; how much later the
// echo comes is found. What is missing counts as silence, and where nothing has come for 0.1 s, what
// comes then is taken to be as far ahead as usual.
func (c *Canceller) Play(samples []float32) { c.reference.write(samples) }

// Resume says that what is played from now on is another stream, from which nothing is missing yet: another
// loudspeaker's, or the same one's after a break. The room, and how far ahead the reference comes, are taken
// to be the same until they are found to be others.
func (c *Canceller) Resume() {
	c.reference.resuming = true
	c.clock.restart()
	c.residual.resume()
}

// Process takes a hop of the microphone and writes it to dst without the echo. While the reference
// is silent, and 0.2 s more have passed, dst is mic to the bit. They may be the same slice.
func (c *Canceller) Process(dst, mic []float32) {
	if c.reference.short() && c.mayComeLater() {
		c.realign(1)
	}
	if c.idle() {
		c.residual.near.wait(energy(mic[:dsp.Hop]))
		copy(dst[:dsp.Hop], mic)
		return
	}
	c.history.add(&c.work, c.far[:])
	c.slow.estimate(&c.work, c.history, mic)
	c.fast.estimate(&c.work, c.history, mic)
	if !finite(energy(c.slow.left[:]) + energy(c.fast.left[:])) {
		c.forget()
		copy(dst[:dsp.Hop], mic)
		return
	}
	c.slow.adapt(&c.work, c.history)
	c.fast.adapt(&c.work, c.history)
	copy(c.work.mic[:], mic)
	heard := c.choice.choose(dst, c.work.mic[:], c.slow, c.fast)
	c.residual.process(dst[:dsp.Hop], c.work.mic[:], heard, c.history.row(0))
	c.watch()
}

// mayComeLater reports whether the reference may come a hop later, since it has not come yet. What
// is later than its echo is of no use; until that is found, a little is risked.
func (c *Canceller) mayComeLater() bool {
	if c.was == 0 {
		return c.moved < unknownHops
	}
	return c.was >= early+dsp.Hop
}

// unknownHops is by how many hops the reference may come later before the echo is found.
const unknownHops = 2

// idle reads the reference and reports whether there is nothing to do, since it has been silent.
func (c *Canceller) idle() bool {
	c.reference.read(c.far[:])
	if energy(c.far[:]) > silent*dsp.Hop {
		if c.quiet >= idleHops {
			c.history.reset()
			c.delay.reset()
			c.clock.restart()
		}
		c.quiet = 0
	} else {
		c.quiet++
	}
	return c.quiet >= idleHops
}

// silent is the mean square below which the reference is silence, -100 dBFS: an echo of it would
// be less than a step of 16 bits.
const silent = 1e-10

// watch looks at the delay, and by that at the clocks.
func (c *Canceller) watch() {
	c.hops++
	if !c.delay.take(c.work.mic[:], c.far[:], energy(c.far[:]) > active*dsp.Hop) {
		return
	}
	if c.delay.clear && c.clock.take(float64(c.hops), c.delay.found) {
		c.reference.rate.SetDrift(c.clock.ppm)
	}
	c.align()
}

const (
	// The echo may begin between early and late after the reference; from there on the reference is
	// moved so that it begins about middle after. What the filter learns before the
	// loudest path, it needs for others that come sooner.
	early, late = 2 * dsp.SampleRate / 1000, 25 * dsp.SampleRate / 1000
	middle      = 7 * dsp.SampleRate / 1000

	// A delay is believed that was found alike, within 1 ms, in so many looks.
	sameDelay, sameLooks = dsp.SampleRate / 1000, 3
)

// align lets the reference come as late as its echo does, less a margin.
func (c *Canceller) align() {
	if math.Abs(c.delay.found-c.was) > sameDelay || !c.delay.clear {
		c.same = 0
	}
	c.was = c.delay.found
	if c.same++; c.same < sameLooks || c.was >= early && c.was <= late {
		return
	}
	n := int(math.Round((c.was - middle) / dsp.Hop))
	if n = max(n, -c.reference.ahead()); n != 0 {
		c.realign(n)
	}
}

// realign lets the reference come later by so many hops. Whether the path has changed or not is
// not known: the slow filter is moved along, the fast one stays, and the better one wins.
func (c *Canceller) realign(n int) {
	c.reference.move(n*dsp.Hop, partitions+1)
	for range partitions + 1 {
		c.reference.read(c.far[:])
		c.history.add(&c.work, c.far[:])
	}
	c.slow.shift(n)
	c.delay.shift(n)
	c.clock.restart()
	c.moved += n
	c.same, c.was = 0, 0
}

// State is what a Canceller has found.
type State struct {
	Active  bool    // the reference is heard, and so is worked on
	Delay   float64 // by how much the echo is later than its reference, ms; 0 until it is found
	Drift   float64 // by how much the microphone's clock is faster, parts per million
	Removed float64 // by how much the filters lower the microphone now, dB
}

// State returns what has been found.
func (c *Canceller) State() State {
	s := State{Active: c.quiet < idleHops, Drift: c.clock.ppm}
	if c.was != 0 {
		s.Delay = (float64(c.moved*dsp.Hop) + c.was) / dsp.SampleRate * 1000
	}
	if left := min(c.choice.mic, c.choice.slow, c.choice.fast); s.Active && left > 0 {
		s.Removed = 10 * math.Log10(c.choice.mic/left)
	}
	return s
}

func energy(x []float32) (e float64) {
	for _, v := range x {
		e += float64(v) * float64(v)
	}
	return e
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
