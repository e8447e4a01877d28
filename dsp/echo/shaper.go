package echo

import (
	"math"

	"github.com/stillmic/stillmic/dsp"
)

// shaper applies gains by bands without any delay.
type shaper struct{ filter dsp.Shaper }

func (s *shaper) reset() { s.filter.Reset() }

// process filters a hop, moving from the gains before to these.
func (s *shaper) process(hop []float32, gain *[bands]float32) {
	flat := true
	for _, g := range gain {
		flat = flat && g == 1
	}
	if flat {
		s.filter.Pass()
	} else {
		s.spread(gain)
		s.filter.Design()
	}
	s.filter.Process(hop, hop)
}

// spread writes the logarithms of the gains to the bins, in straight lines between the bands' middles, and the gains
// themselves: each is the same multiple of the one before, which spares an exponential function.
func (s *shaper) spread(gain *[bands]float32) {
	before := math.Log(float64(gain[0]))
	at, last := 0, 0
	for b, g := range gain {
		next, middle := math.Log(float64(g)), (edges[b]+edges[b+1])/2
		step := (next - before) / float64(middle-last)
		size, times := float32(math.Exp(before+step*float64(at-last))), float32(math.Exp(step))
		for ; at < middle; at++ {
			s.filter.Log[at], s.filter.Gain[at] = float32(before+step*float64(at-last)), size
			size *= times
		}
		before, last = next, middle
	}
	for ; at < dsp.Bins; at++ {
		s.filter.Log[at], s.filter.Gain[at] = float32(before), gain[bands-1]
	}
}
