package speaker

import (
	"slices"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/dsp"
)

const (
	// least and most bound what may wait to be played when a hop comes, in samples: 2.5 ms, so that
	// a small delay is not heard, and 25 ms. In between nothing is done, so that music stays as it is.
	least, most = 120, 1200

	// enough and few are where it is brought to from beyond.
	enough, few = 480, 840

	// hurry is by how much the rate is changed for that, in parts per million: 48 samples a second,
	// of which nobody hears the 1.7 cents. So it takes 8 s, every minute or two with the clocks of most
	// sound cards.
	hurry = 1000

	// tooMuch is from when on a hop is left out, once a second, rather than the rate changed for long:
	// so much is no matter of clocks, but of a machine that has stood still.
	tooMuch = most + 120

	// second is for how many hops the level of the queue is watched: the tenth lowest counts.
	second = 100

	// lag is the delay of a dsp.Resampler. What passes it by is as late.
	lag = 24
)

// clock matches the virtual output's clock to that of the real one: what waits to be played grows
// or shrinks as long as they differ. It delays by lag samples.
type clock struct {
	sides   [2]side
	levels  [second]int
	seen    int
	ppm     float64
	leaving bool // the queue is where it is to be
	busy    bool // the resamplers work
	cut     bool // a hop is to be left out
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

// match takes a hop and how much waits to be played, and returns what is to be played of it. It is
// valid until the next call.
func (c *clock) match(left, right *audioio.Block, queued int) (l, r []float32) {
	c.watch(queued)
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
func (c *clock) watch(queued int) {
	c.levels[c.seen] = queued
	if c.seen++; c.seen < second {
		return
	}
	c.seen = 0
	slices.Sort(c.levels[:])
	switch level := c.levels[second/10]; {
	case level < least:
		c.ppm = hurry
	case level > tooMuch:
		c.cut = true
	case level > most:
		c.ppm = -hurry
	case c.ppm > 0 && level >= enough, c.ppm < 0 && level <= few:
		c.ppm = 0
	}
}

// takeCut reports whether a hop is to be left out, once.
func (c *clock) takeCut() (cut bool) {
	cut, c.cut = c.cut, false
	return cut
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
