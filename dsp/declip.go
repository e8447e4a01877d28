package dsp

// Declipper mends peaks that were cut off: a run of samples at the ceiling is
// replaced by the cubic curve that continues what lies on both sides of it
// (Hermite's interpolation, P. Dahimene et al., "A simple algorithm for peak
// restoration", 2008, compares it with others). It delays nothing: a run that
// reaches the end of a hop is continued as a peak of the length of those before.
//
// A true peak is hardly changed by it, as its curve is the one that was there.
type Declipper struct {
	past    [declipPast]float32 // the last samples before the hop, mended
	ceiling [2]float32          // largest values seen, down and up
	length  float32             // usual length of a run, in samples
	open    float32             // sign of the run that reached the last hop's end

	least   float32 // ceiling from which on it may be clipping
	scratch [declipPast + Hop]float32
}

const (
	declipPast     = 3      // samples that give a slope
	declipShortest = 2      // samples; one alone is a peak
	declipLongest  = 240    // 5 ms; longer ones are no voice
	declipFlat     = 0.98   // how flat a run is: a change of the rate, after it was clipped, makes ripples
	declipMost     = 2.0    // times the ceiling that a mended peak may reach
	declipForget   = 0.9995 // of the ceiling per hop: 0.43 dB in a second
	declipBlend    = 24     // samples over which a wrong guess is taken back
)

// NewDeclipper returns a repairer of runs at 70 % of full scale and above, whose
// samples differ by less than 2 %; a strong one from 5 % on, for recordings that
// were made softer after they were clipped.
func NewDeclipper(strong bool) *Declipper {
	d := &Declipper{least: 0.7}
	if strong {
		d.least = 0.05
	}
	d.Reset()
	return d
}

// Reset forgets the past.
func (d *Declipper) Reset() {
	*d = Declipper{least: d.least, length: 20}
}

// Process mends one hop (Hop samples) in place. What comes out may exceed full
// scale.
func (d *Declipper) Process(hop []float32) {
	hop = hop[:Hop]
	if !d.look(hop) && d.open == 0 {
		copy(d.past[:], hop[Hop-declipPast:])
		return
	}
	x := d.scratch[:]
	copy(x, d.past[:])
	copy(x[declipPast:], hop)
	if d.open != 0 && !d.clipped(x[declipPast], d.open) {
		d.close(x)
	}
	d.open = 0
	for i := declipPast; i < len(x); {
		sign := float32(1)
		if x[i] < 0 {
			sign = -1
		}
		end := i
		for end < len(x) && d.clipped(x[end], sign) {
			end++
		}
		if n := end - i; n >= declipShortest && n <= declipLongest {
			d.mend(x, i, end, sign)
		}
		i = max(end, i+1)
	}
	copy(d.past[:], x[Hop:])
	copy(hop, x[declipPast:])
}

// clipped reports whether v lies at the ceiling of this sign.
func (d *Declipper) clipped(v, sign float32) bool {
	top := d.top(sign)
	return top >= d.least && sign*v >= top*declipFlat
}

// top is the ceiling of a sign.
func (d *Declipper) top(sign float32) float32 {
	if sign < 0 {
		return d.ceiling[0]
	}
	return d.ceiling[1]
}

// mend replaces x[i:end].
func (d *Declipper) mend(x []float32, i, end int, sign float32) {
	// Slopes on both sides, by three points each.
	n := float32(end - i + 1) // steps from the sample before to the one after
	left := x[i-1]
	rise := max(sign*(3*x[i-1]-4*x[i-2]+x[i-3])/2, 0)
	right, fall := left, rise
	switch {
	case end+2 < len(x):
		right = x[end]
		fall = max(sign*(3*x[end]-4*x[end+1]+x[end+2])/2, 0)
		d.length += (n - 1 - d.length) / 8
	case end < len(x):
		right = x[end]
	default: // cut by the hop's end
		n = max(n, d.length+1)
		d.open = sign
	}
	low, high := d.top(sign)*declipFlat, d.top(sign)*declipMost
	for k := i; k < end; k++ {
		t := float32(k-i+1) / n
		u := 1 - t
		// Hermite's cubic; the slopes are per sample, and fall is downwards.
		y := sign*(left*u*u*(1+2*t)+right*t*t*(1+2*u)) + n*t*u*(rise*u+fall*t)
		x[k] = sign * min(max(y, low), high)
	}
}

// close leads from a peak that was expected to go on to what came instead.
func (d *Declipper) close(x []float32) {
	jump := 2*x[declipPast-1] - x[declipPast-2] - x[declipPast]
	if d.open*jump <= 0 {
		return
	}
	for k := range declipBlend {
		u := 1 - float32(k)/declipBlend
		x[declipPast+k] += jump * u * u
	}
}

// look learns the ceilings and reports whether anything reaches one.
func (d *Declipper) look(hop []float32) bool {
	low, high := float32(0), float32(0)
	for _, v := range hop { // min and max would heed NaN, at four times the cost
		if v < low {
			low = v
		} else if v > high {
			high = v
		}
	}
	d.ceiling[0] = max(d.ceiling[0]*declipForget, -low)
	d.ceiling[1] = max(d.ceiling[1]*declipForget, high)
	return d.clipped(low, -1) || d.clipped(high, 1)
}
