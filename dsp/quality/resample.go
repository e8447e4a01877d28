package quality

import "math"

// resample changes the rate of a whole signal with the filter that Octave's
// resample uses, as STOI's results depend on it a little: a sinc at the lower
// Nyquist frequency under a Kaiser window for 60 dB, its slope a tenth of the
// passband. (dsp.RateConverter is better, and therefore gives other figures.)
func resample(in []float32, from, to int) []float64 {
	g := gcd(from, to)
	up, down := to/g, from/g
	if up == down {
		out := make([]float64, len(in))
		for i, v := range in {
			out[i] = float64(v)
		}
		return out
	}
	h := lowPass(up, down)
	reach := len(h) / 2
	out := make([]float64, (len(in)*up+down-1)/down)
	for n := range out {
		// In the raised rate, input k lies at k*up and output n at n*down.
		at := n * down
		first := max((at-reach+up-1)/up, 0)
		if at < reach {
			first = 0
		}
		last := min((at+reach)/up, len(in)-1)
		sum := 0.0
		for k := first; k <= last; k++ {
			sum += float64(in[k]) * h[reach+at-k*up]
		}
		out[n] = sum
	}
	return out
}

// lowPass returns the filter in the raised rate, with a gain of up at 0 Hz.
func lowPass(up, down int) []float64 {
	const (
		rejection = 60.0                       // dB
		beta      = 0.1102 * (rejection - 8.7) // Kaiser's formula
	)
	cutoff := 1 / float64(2*max(up, down)) // in cycles per raised sample
	reach := int(math.Ceil((rejection - 8) / (28.714 * cutoff / 10)))
	h := make([]float64, 2*reach+1)
	sum := 0.0
	for i := range h {
		t := float64(i - reach)
		r := t / float64(reach)
		h[i] = sinc(2*cutoff*t) * besselI0(beta*math.Sqrt(1-r*r))
		sum += h[i]
	}
	for i := range h {
		h[i] *= float64(up) / sum
	}
	return h
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// besselI0 is the modified Bessel function of the first kind and order 0:
// the sum of ((x/2)^k/k!)^2.
func besselI0(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-17; k++ {
		term *= x / 2 / k * x / 2 / k
		sum += term
	}
	return sum
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
