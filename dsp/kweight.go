package dsp

import "math"

// kWeighting is the filter of ITU-R BS.1770-4 before measuring: a shelf for the
// head's effect, then a high-pass. The numbers are tables 1 and 2 of annex 1,
// for 48 kHz.
type kWeighting struct{ shelf, highPass Biquad }

func newKWeighting() kWeighting {
	return kWeighting{
		shelf: Biquad{b0: 1.53512485958697, b1: -2.69169618940638, b2: 1.19839281085285,
			a1: -1.69065929318241, a2: 0.73248077421585},
		highPass: Biquad{b0: 1, b1: -2, b2: 1, a1: -1.99004745483398, a2: 0.99007225036621},
	}
}

// kWeightingAt is newKWeighting for another rate in Hz, more than 4000: the analogue
// filters that the tables are the bilinear transforms of, after Brecht De Man,
// "Evaluation of implementations of the EBU R 128 loudness measurement" (AES 2018).
func kWeightingAt(rate int) kWeighting {
	if rate == SampleRate {
		return newKWeighting()
	}
	const (
		shelfHz, shelfDB, shelfQ = 1681.974450955533, 3.999843853973347, 0.7071752369554196
		passHz, passQ            = 38.13547087602444, 0.5003270373238773
		middle                   = 0.4996667741545416 // share of the shelf's dB at its corner
	)
	pole := func(hz, q float64) (k, a0, a1, a2 float64) {
		k = math.Tan(math.Pi * hz / float64(rate))
		a0 = 1 + k/q + float64(k*k)
		return k, a0, 2 * (float64(k*k) - 1) / a0, (1 - k/q + float64(k*k)) / a0
	}
	var w kWeighting
	k, a0, a1, a2 := pole(shelfHz, shelfQ)
	high := Gain(shelfDB)
	mid := math.Pow(high, middle)
	w.shelf = Biquad{b0: (high + float64(mid*k)/shelfQ + float64(k*k)) / a0, b1: 2 * (float64(k*k) - high) / a0,
		b2: (high - float64(mid*k)/shelfQ + float64(k*k)) / a0, a1: a1, a2: a2}
	_, _, a1, a2 = pole(passHz, passQ)
	w.highPass = Biquad{b0: 1, b1: -2, b2: 1, a1: a1, a2: a2} // as the table, at every rate
	return w
}

// energy returns the sum of squares of every step-th sample of p from the first
// on, filtered.
func (k *kWeighting) energy(p []float32, step int) float64 {
	sum := 0.0
	s, h := &k.shelf, &k.highPass
	s1, s2, h1, h2 := s.z1, s.z2, h.z1, h.z2
	for i := 0; i < len(p); i += step {
		var y float64
		y, s1, s2 = s.step(float64(p[i]), s1, s2)
		y, h1, h2 = h.step(y, h1, h2)
		sum += float64(y * y)
	}
	s.z1, s.z2, h.z1, h.z2 = s1, s2, h1, h2
	k.shelf.settle()
	k.highPass.settle()
	return sum
}

// lufs turns a mean square of K-weighted samples into loudness; annex 1,
// equation 2. The offset makes a full-scale sine of 997 Hz in one channel
// -3.01 LUFS.
func lufs(meanSquare float64) float64 { return -0.691 + PowerDB(meanSquare) }
