package dsp

import "math"

// sincTable is a windowed-sinc interpolation filter, sampled at a number of
// phases between two input samples. Row p holds the weights that give the value
// of the signal p/phases of the way from input sample i to sample i+1 out of
// the taps samples from i-taps/2+1 to i+taps/2.
//
// Between two phases the weights are interpolated in a straight line. For a
// signal at the angular frequency w (radians per sample) that is off by at most
// (w/phases)^2/8: with 512 phases and w = pi, -106 dB.
type sincTable struct {
	taps, phases int
	rows         []float32 // (phases+1) rows of taps
}

// resampleDepth is how far the resamplers' filters are down in the stopband, in
// dB. Half of the 15 dB beyond the 90 asked for go to the straight lines between
// phases, the rest is margin.
const resampleDepth = 105

// sincTransition is the width between passband and stopband, in cycles per
// input sample, of a filter depth dB down: (A - 7.95) / (2.285 taps) radians.
// Kaiser, "Nonrecursive digital filter design using the I0-sinh window
// function" (1974), as kaiserBeta.
func sincTransition(taps int, depth float64) float64 {
	return (depth - 7.95) / (2.285 * float64(taps)) / (2 * math.Pi)
}

// kaiserBeta is the parameter of a Kaiser window for a stopband depth dB down,
// 50 or more: 0.1102 (A - 8.7).
func kaiserBeta(depth float64) float64 { return 0.1102 * (depth - 8.7) }

// newSincTable designs a filter of taps (even) weights, depth dB down in the
// stopband, whose amplitude is halved at cutoff (cycles per input sample).
func newSincTable(taps, phases int, cutoff, depth float64) *sincTable {
	beta := kaiserBeta(depth)
	t := &sincTable{taps: taps, phases: phases, rows: make([]float32, (phases+1)*taps)}
	half := float64(taps / 2)
	row := make([]float64, taps)
	for p := range phases + 1 {
		sum := 0.0
		for k := range row {
			u := float64(k-taps/2+1) - float64(p)/float64(phases)
			row[k] = sinc(2*cutoff*u) * kaiser(u/half, beta)
			sum += row[k]
		}
		// Every phase passes DC with a gain of exactly 1, so that a constant
		// stays a constant and does not sing at the phase rate.
		for k, w := range row {
			t.rows[p*taps+k] = float32(w / sum)
		}
	}
	return t
}

// at returns the signal between two samples: phase (below phases) says which
// row, frac in [0, 1) how far towards the next one. x starts at the sample of
// the first weight.
func (t *sincTable) at(x []float32, phase int, frac float32) float32 {
	x = x[:t.taps]
	row := t.rows[phase*t.taps:]
	if frac == 0 {
		return dot(x, row[:t.taps])
	}
	a := dot(x, row[:t.taps])
	b := dot(x, row[t.taps:][:t.taps])
	return a + float32(frac*(b-a))
}

// lanes is how many float32 a register of AVX holds.
const lanes = 8

// dotGo is the sum of x[i]*w[i]; both have the same length. Eight sums run side
// by side, four times over and taken in turns: a single one would wait for its own
// additions.
func dotGo(x, w []float32) float32 {
	var sums [4][8]float32
	w = w[:len(x)]
	i := 0
	for ; i <= len(x)-8; i += 8 {
		a, b, s := (*[8]float32)(x[i:]), (*[8]float32)(w[i:]), &sums[i/8%4]
		s[0] += float32(a[0] * b[0])
		s[1] += float32(a[1] * b[1])
		s[2] += float32(a[2] * b[2])
		s[3] += float32(a[3] * b[3])
		s[4] += float32(a[4] * b[4])
		s[5] += float32(a[5] * b[5])
		s[6] += float32(a[6] * b[6])
		s[7] += float32(a[7] * b[7])
	}
	for ; i < len(x); i++ {
		sums[0][0] += float32(x[i] * w[i])
	}
	s := &sums[0]
	for k := range s {
		s[k] = (sums[0][k] + sums[1][k]) + (sums[2][k] + sums[3][k])
	}
	return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]))
}

// sinc is sin(pi x)/(pi x).
func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// kaiser is the Kaiser window over -1..1.
func kaiser(x, beta float64) float64 {
	if x <= -1 || x >= 1 {
		return 0
	}
	return besselI0(beta*math.Sqrt(1-x*x)) / besselI0(beta)
}

// besselI0 is the modified Bessel function of order zero by its power series,
// the sum of ((x/2)^k / k!)^2.
func besselI0(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-17*sum; k++ {
		term *= x / (2 * k) * x / (2 * k)
		sum += term
	}
	return sum
}
