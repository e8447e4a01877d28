package dsp

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

// energy returns the sum of squares of every step-th sample of p from the first
// on, filtered.
func (k *kWeighting) energy(p []float32, step int) float64 {
	sum := 0.0
	for i := 0; i < len(p); i += step {
		y := k.highPass.next(k.shelf.next(float64(p[i])))
		sum += float64(y * y)
	}
	k.shelf.settle()
	k.highPass.settle()
	return sum
}

// lufs turns a mean square of K-weighted samples into loudness; annex 1,
// equation 2. The offset makes a full-scale sine of 997 Hz in one channel
// -3.01 LUFS.
func lufs(meanSquare float64) float64 { return -0.691 + PowerDB(meanSquare) }
