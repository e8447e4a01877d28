package daemon

import (
	"slices"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/dsp"
)

const (
	// matchSlack is how far from what is wanted nothing is done: 0.5 ms.
	matchSlack = 24

	// A sample too many calls for 4 ppm less: 48,000/s * 4e-6 = 0.19 of the
	// error per second, a time constant of 5 s. The sum of the errors, which
	// comes to hold the difference of the clocks, follows more slowly: 4 * 0.19 / 4
	// = 0.19 ppm per sample and second would be the limit of swinging. It counts
	// no error as more than 2 ms: a start or a stall says nothing of the clocks.
	matchGain = 4.0
	matchSum  = 0.1
	matchFar  = 96

	// matchMost is what the sum may come to hold: clocks differ by less.
	matchMost = 600.0

	// matchRank of the levels of a second is the one that counts: the tenth
	// lowest. What is regularly late gets the audio it needs; a single stall of
	// the machine says nothing.
	matchRank = settleHops / 10
)

// rateMatch finds the rate at which a sink with a clock of its own takes audio.
type rateMatch struct {
	left [settleHops]int // of this second
	hops int
	sum  float64 // ppm
	ppm  float64
}

func (m *rateMatch) reset() { *m = rateMatch{} }

// drift takes what the sink holds before a block is written and returns how
// many more samples to make than came in, in parts per million.
func (m *rateMatch) drift(f audioio.Fill) float64 {
	m.left[m.hops] = f.Queued
	if m.hops++; m.hops < settleHops {
		return m.ppm
	}
	m.hops = 0
	slices.Sort(m.left[:])
	wrong := float64(f.Wanted - m.left[matchRank])
	wrong -= min(max(wrong, -matchSlack), matchSlack)
	near := min(max(wrong, -matchFar), matchFar)
	m.sum = min(max(m.sum+matchSum*near, -matchMost), matchMost)
	m.ppm = min(max(m.sum+matchGain*wrong, -dsp.MaxDrift), dsp.MaxDrift)
	return m.ppm
}
