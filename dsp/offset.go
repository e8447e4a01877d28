package dsp

import "math"

const (
	// offsetMemory is over how many hops the mean is taken: 0.5 s.
	offsetMemory = 50

	// Below offsetLeast (-60 dBFS) a mean is left alone, for a voice has as much; from twice
	// that on all of it is removed. One hop of a voice has more, by offsetFirst, of which so
	// many hops leave as much less.
	offsetLeast = 0.001
	offsetFirst = 0.05

	// An offset is in pauses, too: of the means of the last 2 s so many must have its sign
	// and a quarter of its size at least. What a voice has by the shape of its pulses is
	// not.
	offsetHops  = 200
	offsetShare = 0.9
)

// offsetWindow weighs a hop's samples for their mean: a Hann window, for the plain mean of a
// tone that does not fill whole periods would be taken for an offset.
var offsetWindow = func() (w [Hop]float64) {
	for i := range w {
		w[i] = (1 - math.Cos(2*math.Pi*(float64(i)+0.5)/Hop)) / Hop
	}
	return w
}()

// Offset removes a constant offset (DC), as I2S and PDM microphones have that come without a
// high-pass: the suppressor takes it for noise it has never heard. What has none it leaves as
// it is, to the bit. It works in place, delays nothing and allocates nothing. The zero value
// is ready.
type Offset struct {
	hops    int                 // counted up to offsetHops
	mean    float64             // over offsetMemory
	means   [offsetHops]float64 // of each hop
	at      int                 // where the next of them goes
	removed float32             // at the end of the last hop
}

// Process takes a hop, of Hop samples.
func (o *Offset) Process(hop []float32) {
	sum := 0.0
	for i, v := range hop {
		sum += float64(v) * offsetWindow[i]
	}
	first := o.hops == 0
	o.hops = min(o.hops+1, offsetHops)
	o.means[o.at] = sum
	o.at = (o.at + 1) % offsetHops
	// The first hops count alike, so that an offset is known from the first on: one that was
	// faded in would be a pop.
	o.mean += (sum - o.mean) / float64(min(o.hops, offsetMemory))
	if math.IsNaN(o.mean) || math.IsInf(o.mean, 0) {
		o.Reset()
		return
	}
	from, to := o.removed, float32(0)
	if o.steady() {
		to = float32(shrink(o.mean, max(offsetLeast, offsetFirst/float64(o.hops))))
	}
	o.removed = to
	if first {
		from = to
	}
	if from == 0 && to == 0 {
		return
	}
	step := (to - from) / float32(len(hop))
	for i := range hop {
		hop[i] -= from + step*float32(i+1)
	}
}

// steady reports whether nearly all hops have the offset.
func (o *Offset) steady() bool {
	if math.Abs(o.mean) <= offsetLeast {
		return false
	}
	n := 0
	for _, m := range o.means[:o.hops] {
		if m/o.mean > 0.25 {
			n++
		}
	}
	return float64(n) >= offsetShare*float64(o.hops)
}

// shrink is what of a mean is removed: nothing of one below least, and all of much.
func shrink(mean, least float64) float64 {
	size := math.Abs(mean)
	switch {
	case size <= least:
		return 0
	case size < 2*least:
		size = 2 * (size - least)
	}
	return math.Copysign(size, mean)
}

// Reset forgets the past.
func (o *Offset) Reset() { *o = Offset{} }
