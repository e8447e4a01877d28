package speaker

import (
	"slices"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/dsp"
)

const (
	// least, in samples, or slack less than what is to wait, and loose beyond that bound what may wait where
	// the sound is to stay as it is, as music: 1 ms, and 10 ms more. In between nothing is done.
	least, loose = 48, 480

	// wary is how much more is to wait than the output wants after a second in which it ran dry, up to
	// waryMost, and calmer how much less after a while without one, of so many seconds.
	wary, waryMost      = 96, 480
	calmer, calmerAfter = 48, 20

	// slack is what may be off by with anything else: 1 ms.
	slack = 48

	// hurry is by how much the rate is changed, in parts per million: 48 samples a second, of which
	// nobody hears the 1.7 cents.
	hurry = 1000

	// far is from how much beyond that on what is too much is cut out rather than the rate changed for
	// long: so much is no matter of clocks, but of a machine that has stood still.
	far = 168

	// fadeOver is the length of the cross-fade that hides a cut: 2.5 ms.
	fadeOver = 120

	// second is for how many hops the level of the queue is watched: the tenth lowest counts.
	second = 100

	// lag is the delay of a dsp.Resampler. What passes it by is as late.
	lag = 24
)

// clock matches the virtual output's clock to that of the real one, and brings back what a machine
// that stood still has made late: what waits to be played grows or shrinks otherwise. It delays by lag
// samples.
type clock struct {
	sides   [2]side
	levels  [second]int
	seen    int
	hops    int
	extra   int    // samples that are to wait beyond what the output wants
	dry     uint64 // how often the output had run dry a second ago
	quiet   int    // seconds since it did
	asIs    bool   // nothing was to be changed a second ago
	ppm     float64
	leaving bool // the queue is where it is to be
	busy    bool // the resamplers work
	cut     int  // samples that are to be cut out
}

// state is what a clock goes by.
type state struct {
	queued int    // samples that wait to be played
	wanted int    // samples that are to
	dry    uint64 // how often the output has run dry
	asIs   bool   // nothing is to be changed but in need
}

// side is one channel.
type side struct {
	resampler *dsp.Resampler
	past      [lag]float32 // the last samples that came
	out       [audioio.MaxSamples]float32
	direct    [audioio.BlockSize]float32
}

func newClock() *clock {
	c := new(clock)
	for i := range c.sides {
		c.sides[i].resampler = dsp.NewResampler()
	}
	return c
}

// match takes a hop and how things stand, and returns what is to be played of it. It is valid
// until the next call.
func (c *clock) match(left, right *audioio.Block, now state) (l, r []float32) {
	c.watch(now)
	c.sides[0].pass(left)
	c.sides[1].pass(right)
	if !c.busy && c.ppm == 0 {
		return c.sides[0].direct[:], c.sides[1].direct[:]
	}
	if !c.busy { // the resamplers go on where the direct way was
		c.busy = true
		c.sides[0].prime(left)
		c.sides[1].prime(right)
		return c.sides[0].direct[:], c.sides[1].direct[:]
	}
	l, r = c.sides[0].resample(left, c.ppm), c.sides[1].resample(right, c.ppm)
	if c.ppm == 0 && c.leaving {
		c.busy, c.leaving = false, false
		c.sides[0].blend(l)
		c.sides[1].blend(r)
	}
	c.leaving = c.busy && c.ppm == 0
	return l, r
}

// watch decides, once a second, at what rate to go on.
func (c *clock) watch(now state) {
	switch c.hops++; {
	case c.hops <= settling:
		c.dry = now.dry // what begins stumbles
	case c.hops%second == 0:
		c.learn(now.dry)
	}
	c.levels[c.seen] = now.queued
	if c.seen++; c.seen < second {
		return
	}
	c.seen = 0
	if now.asIs && !c.asIs {
		c.ppm = 0
	}
	c.asIs = now.asIs
	wanted := now.wanted + c.extra
	low, high := wanted-slack, wanted+slack
	if now.asIs {
		low, high = min(least, low), wanted+loose
	}
	slices.Sort(c.levels[:])
	switch level := c.levels[second/10]; {
	case level < low:
		c.ppm = hurry
	case level > high+far:
		c.cut, c.ppm = level-wanted, 0
	case level > high:
		c.ppm = -hurry
	case c.ppm > 0 && level >= wanted, c.ppm < 0 && level <= wanted:
		c.ppm = 0
	}
}

// learn has more wait where the output runs dry.
func (c *clock) learn(dry uint64) {
	if dry != c.dry {
		c.dry, c.quiet, c.extra = dry, 0, min(c.extra+wary, waryMost)
		return
	}
	if c.quiet++; c.quiet%calmerAfter == 0 {
		c.extra = max(c.extra-calmer, 0)
	}
}

// jumped says that more or less waits than before: what was seen until now is not looked at.
func (c *clock) jumped() { c.seen = 0 }

// wholeHop reports whether what is to be cut is more than a hop, which is to be left out then.
func (c *clock) wholeHop() bool {
	c.jumped()
	if c.cut < audioio.BlockSize {
		return false
	}
	c.cut -= audioio.BlockSize
	return true
}

// shorten cuts out of a hop what is to be cut, or as much as there is room for.
func (c *clock) shorten(left, right []float32) (l, r []float32) {
	n := min(c.cut, len(left)-fadeOver)
	c.cut = 0
	c.jumped()
	return splice(left, n), splice(right, n)
}

// splice takes n samples out of the middle of p.
func splice(p []float32, n int) []float32 {
	rest := len(p) - n
	at := (rest - fadeOver) / 2
	for i := at; i < at+fadeOver; i++ {
		p[i] += (p[n+i] - p[i]) * (float32(i-at) + 0.5) / fadeOver
	}
	copy(p[at+fadeOver:rest], p[at+fadeOver+n:])
	return p[:rest]
}

// pass makes direct of a hop: the same, lag samples later.
func (s *side) pass(b *audioio.Block) {
	copy(s.direct[:], s.past[:])
	copy(s.direct[lag:], b[:])
	copy(s.past[:], b[audioio.BlockSize-lag:])
}

// prime has the resampler know what came up to the end of this hop.
func (s *side) prime(b *audioio.Block) {
	s.resampler.Reset()
	s.resampler.Process(s.out[:], b[:])
}

// resample returns what a hop is at another rate.
func (s *side) resample(b *audioio.Block, ppm float64) []float32 {
	s.resampler.SetDrift(ppm)
	return s.out[:s.resampler.Process(s.out[:], b[:])]
}

// blend goes over from p to the direct way. The two are less than a sample apart.
func (s *side) blend(p []float32) {
	for i := range min(len(p), len(s.direct)) {
		p[i] += (s.direct[i] - p[i]) * float32(i+1) / audioio.BlockSize
	}
}
