package dsp

// True peak is the peak of the continuous signal between the samples, found as
// BS.1770-4 annex 2 does: at four times the rate. The annex's filter of 12 taps
// per phase is only an example, and 0.5 dB off near 20 kHz; this one has 24.
const (
	truePeakTaps   = 24
	truePeakPhases = 4

	// truePeakBlock is how many samples the meter looks at together.
	truePeakBlock = 256

	// truePeakDelay is how many samples after a sample its neighbourhood is
	// complete.
	truePeakDelay = truePeakTaps / 2
)

// truePeakTable is 50 dB down: flat within 0.03 dB to 21 kHz, as the transition
// of 5.9 kHz lies around 24 kHz.
var truePeakTable = newSincTable(truePeakTaps, truePeakPhases, 0.5, 50)

// truePeakGrowth bounds what lies between samples: no interpolated value
// exceeds the largest sample around it by more than the sum of the magnitudes
// of the weights.
var truePeakGrowth = func() float32 {
	worst := float32(0)
	for p := range truePeakPhases {
		sum := float32(0)
		for _, w := range truePeakTable.rows[p*truePeakTaps:][:truePeakTaps] {
			sum += max(w, -w)
		}
		worst = max(worst, sum)
	}
	return worst
}()

// betweenGo gives for each of y the largest magnitude at the three points between two
// samples, the middle ones of the truePeakTaps samples from x[i] on.
func betweenGo(y, x []float32) {
	for i := range y {
		peak := float32(0)
		for p := 1; p < truePeakPhases; p++ {
			v := truePeakTable.at(x[i:], p, 0)
			peak = max(peak, v, -v)
		}
		y[i] = peak
	}
}

// truePeak keeps the largest true peak of one channel.
type truePeak struct {
	peak   float32
	buf    [truePeakTaps - 1 + truePeakBlock]float32 // the past, then new samples
	points [truePeakBlock]float32                    // between them
}

// write measures every step-th sample of p from the first on.
func (t *truePeak) write(p []float32, step int) {
	const past = truePeakTaps - 1
	for len(p) > 0 {
		n := past
		for ; n < len(t.buf) && len(p) > 0; n++ {
			t.buf[n] = p[0]
			p = p[min(step, len(p)):]
		}
		x := t.buf[:n]
		sample := largest(x)
		t.raise(sample)
		// Most audio is far below the peak so far and needs no closer look.
		if sample*truePeakGrowth > t.peak {
			between(t.points[:n-past], x)
			for _, v := range t.points[:n-past] {
				t.raise(v)
			}
		}
		copy(t.buf[:past], x[n-past:])
	}
}

// raise lifts the peak to v; a NaN is no peak.
func (t *truePeak) raise(v float32) {
	if v > t.peak {
		t.peak = v
	}
}
