package kernel

import "math"

// gateLimit bounds the arguments of sigmoid and, at half, of tanh: beyond, the
// results are 0 and 1 to 1e-13, and no product with them becomes denormal.
const gateLimit = 30

const (
	log2E = math.Log2E
	// ln2 in two parts; n*ln2High is exact for |n| < 2^11, so that the
	// difference x - n*ln2 keeps its bits.
	ln2High = 0.693359375 // 355/512
	ln2Low  = math.Ln2 - ln2High

	// shifter rounds to an integer when added: at 1.5*2^23 a float32 has no
	// bits for fractions, and its lowest bits are that integer.
	shifter = 3 << 22

	oneBits   = 127 << 23 // float32(1)
	invLog2Of = math.Ln2 / math.Ln10
)

// expGo is e^x for |x| <= 2*gateLimit: x = n ln2 + r, e^x = 2^n e^r with
// |r| <= ln2/2 = 0.347, where the Taylor series up to r^6/720 is off by
// r^7/5040 = 1.2e-7 at most.
func expGo(x float32) float32 {
	t := float32(x*log2E) + shifter
	n := t - shifter
	r := x - float32(n*ln2High)
	r -= float32(n * ln2Low)
	p := float32(1.0 / 720)
	p = p*r + 1.0/120
	p = p*r + 1.0/24
	p = p*r + 1.0/6
	p = p*r + 0.5
	p = p*r + 1
	p = p*r + 1
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
	return float32(e)*invLog2Of + s*p*math.Log10E
}
