package dsp

import "math"

// Without their sign floats order like their bits, infinities and NaN last, and
// integers compare faster.

// largest returns the largest magnitude in p, or NaN if one is in it.
func largest(p []float32) float32 { return math.Float32frombits(furthest(p, 0) >> 1) }

// Outside reports whether there is a magnitude in p below lo or above hi, or no number.
func Outside(p []float32, lo, hi float32) bool {
	from, to := math.Float32bits(lo)<<1, math.Float32bits(hi)<<1
	return furthest(p, from) > to-from // what is below wraps around
}

// furthestGo returns the largest of the values' bits without their sign, less lo.
func furthestGo(p []float32, lo uint32) (most uint32) {
	for _, v := range p {
		most = max(most, math.Float32bits(v)<<1-lo)
	}
	return most
}
