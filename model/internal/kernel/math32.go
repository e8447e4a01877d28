package kernel

import "math"

// gateLimit bounds the arguments of sigmoid and, at half, of tanh: beyond, the
// results are 0 and 1 to 1e-13, and no product with them becomes denormal.
const gateLimit = 30

const (
	// shifter rounds to an integer when added: at 1.5*2^23 a float32 has no
	// bits for fractions, and its lowest bits are that integer.
	shifter = 3 << 22

	oneBits = 127 << 23 // float32(1)
)

// The Taylor series of 2^f: ln(2)^k / k!.
const (
	exp1 = math.Ln2
	exp2 = exp1 * math.Ln2 / 2
	exp3 = exp2 * math.Ln2 / 3
	exp4 = exp3 * math.Ln2 / 4
	exp5 = exp4 * math.Ln2 / 5
	exp6 = exp5 * math.Ln2 / 6
)

// expGo is e^x for |x| <= gateLimit: x = (n + f) ln 2, e^x = 2^n 2^f with
// |f| <= 1/2, where the series up to f^6 is off by (f ln 2)^7/5040 = 1.2e-7 at
// most. The product x*log2(e) is rounded, which makes a relative error of
// |x|*6e-8: a sigmoid does not see it, as it is flat where |x| is large.
func expGo(x float32) float32 {
	u := float32(x * math.Log2E)
	t := u + shifter
	f := u - (t - shifter)
	// By pairs, so that no step waits for all before (Estrin).
	q := f * f
	p := (exp6*q + (exp5*f + exp4))
	p = (p*q+(exp3*f+exp2))*q + (exp1*f + 1)
	return p * math.Float32frombits(math.Float32bits(t)<<23+oneBits)
}

// sigmoid1 is 1/(1+e^-x).
func sigmoid1(x float32) float32 {
	x = max(min(x, gateLimit), -gateLimit)
	return 1 / (1 + expGo(-x))
}

// tanh1 is tanh(x) = 2/(1+e^-2x) - 1.
func tanh1(x float32) float32 { return 2*sigmoid1(2*x) - 1 }

// log10Of is log10(x): x = 2^e m with m from sqrt(1/2) to sqrt(2), and with
// s = (m-1)/(m+1), |s| < 0.172, ln m = 2 (s + s^3/3 + s^5/5 + s^7/7 + s^9/9),
// off by 2 s^11/11 = 7e-10 at most.
func log10Of(x float32) float32 {
	// Subtracting sqrt(1/2)'s bits makes the exponent field e and leaves the
	// mantissa's offset in the rest.
	const rootHalf = 0x3f3504f3
	d := int32(math.Float32bits(x)) - rootHalf
	e := d >> 23
	m := math.Float32frombits(uint32(d-e<<23) + rootHalf)
	s := (m - 1) / (m + 1)
	q := s * s
	p := float32(2.0 / 9)
	p = p*q + 2.0/7
	p = p*q + 2.0/5
	p = p*q + 2.0/3
	p = p*q + 2
	return float32(e)*(math.Ln2/math.Ln10) + s*p*math.Log10E
}
