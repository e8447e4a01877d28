package dsp

import "math"

// DB returns a linear amplitude in dB: 20 log10(gain). Zero gives -Inf.
func DB(gain float64) float64 { return 20 * math.Log10(gain) }

// Gain returns the linear amplitude of a level in dB: 10^(dB/20).
// -Inf gives 0.
func Gain(dB float64) float64 { return math.Pow(10, dB/20) }

// PowerDB returns a linear power in dB: 10 log10(power). Zero gives -Inf.
func PowerDB(power float64) float64 { return 10 * math.Log10(power) }

// Energy is the sum of the squares of x.
func Energy(x []float32) float32 {
	n := len(x) &^ (lanes - 1)
	sum := dot(x[:n], x[:n])
	for _, v := range x[n:] {
		sum += float32(v * v)
	}
	return sum
}

// Multiply is y[i] = a[i]*b[i]; a and b are as long as y, or longer.
func Multiply(y, a, b []float32) { multiply(y, a, b) }

// follow moves an average towards v, at one speed up and another down.
func follow(average, v, up, down float64) float64 {
	if v > average {
		return average + up*(v-average)
	}
	if v <= average {
		return average + down*(v-average)
	}
	return 0 // not a number: begin anew
}

// Ramp applies a gain that moves to a new value in a straight line over one
// call of Apply, so that no change clicks. The zero value is a gain of 0.
type Ramp struct {
	now, target float32
}

// Set makes the next Apply move to gain (linear).
func (r *Ramp) Set(gain float32) { r.target = gain }

// Jump makes gain (linear) hold at once, without a ramp.
func (r *Ramp) Jump(gain float32) { r.now, r.target = gain, gain }

// Value returns the gain reached after the last Apply.
func (r *Ramp) Value() float32 { return r.now }

// Apply multiplies hop, of any length, in place. The first sample already moves
// by one step and the last one has the target exactly. A standing gain of 1
// leaves the samples as they are, bit by bit.
func (r *Ramp) Apply(hop []float32) {
	if len(hop) == 0 {
		return
	}
	if r.now == r.target {
		if r.now != 1 {
			for i := range hop {
				hop[i] *= r.now
			}
		}
		return
	}
	// Counted from the end, so that the last gain is the target exactly.
	step := (r.target - r.now) / float32(len(hop))
	for i := range hop {
		hop[i] *= r.target - float32(step*float32(len(hop)-1-i))
	}
	r.now = r.target
}

// LimitBefore returns the attenuation limit that leaves noise dB below the input though
// what comes out is made louder afterwards, by the factor gain. No limit stays none, and no
// attenuation none.
func LimitBefore(gain, dB float32) float32 {
	if !(gain > 1) || dB <= 0 || dB >= 100 { // true for NaN
		return dB
	}
	return dB + float32(DB(float64(gain)))
}
