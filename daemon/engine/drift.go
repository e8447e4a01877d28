package engine

import (
	"slices"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/dsp"
)

const (
	// deadBand is how far from what is wanted nothing is done: 0.5 ms.
	deadBand = 24

	// A sample too many calls for 4 ppm less: 48,000/s * 4e-6 = 0.19 of the
	// error per second, a time constant of 5 s. The sum of the errors, which
	// comes to hold the difference of the clocks, follows more slowly: 4 * 0.19 / 4
	// = 0.19 ppm per sample and second would be the limit of swinging. It counts
	// no error as more than 2 ms: a start or a stall says nothing of the clocks.
	kp            = 4.0
	ki            = 0.1
	integralInput = 96

	// integralLimit is what the sum may come to hold: clocks differ by less.
	integralLimit = 600.0

	// levelRank of the levels of a second is the one that counts: the tenth
	// lowest. What is regularly late gets the audio it needs; a single stall of
	// the machine says nothing.
	levelRank = settleHops / 10
)

// driftController finds the rate at which a sink with a clock of its own takes audio.
type driftController struct {
	left [settleHops]int // of this second
	hops int
	sum  float64 // ppm
	ppm  float64
}

func (m *driftController) reset() { *m = driftController{} }

// drift takes what the sink holds before a block is written and returns how
// many more samples to make than came in, in parts per million.
func (m *driftController) drift(f audioio.Fill) float64 {
	m.left[m.hops] = f.Queued
	if m.hops++; m.hops < settleHops {
		return m.ppm
	}
	m.hops = 0
	slices.Sort(m.left[:])
	wrong := float64(f.Wanted - m.left[levelRank])
	wrong -= min(max(wrong, -deadBand), deadBand)
	near := min(max(wrong, -integralInput), integralInput)
	m.sum = min(max(m.sum+ki*near, -integralLimit), integralLimit)
	m.ppm = min(max(m.sum+kp*wrong, -dsp.MaxDrift), dsp.MaxDrift)
	return m.ppm
}
