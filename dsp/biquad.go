package dsp

import "math"

// Biquad is a filter of second order on one channel,
//
//	H(z) = (b0 + b1 z^-1 + b2 z^-2) / (1 + a1 z^-1 + a2 z^-2),
//
// in transposed direct form II and float64, as low cut-offs need the accuracy.
// Copy it to get a second one of the same kind.
type Biquad struct {
	b0, b1, b2, a1, a2 float64
	z1, z2             float64
}

// HighShelf returns a filter that changes what lies above hz by dB and leaves
// what lies far below; at hz it is half way. Bristow-Johnson,
// "Cookbook formulae for audio EQ biquad filter coefficients", with a slope of 1.
func HighShelf(hz, dB float64) Biquad {
	a := math.Pow(10, dB/40)
	sin, cos := math.Sincos(2 * math.Pi * hz / SampleRate)
	alpha := sin / math.Sqrt2
	r := 2 * math.Sqrt(a) * alpha
	a0 := (a + 1) - (a-1)*cos + r
	return Biquad{
		b0: a * ((a + 1) + (a-1)*cos + r) / a0,
		b1: -2 * a * ((a - 1) + (a+1)*cos) / a0,
		b2: a * ((a + 1) + (a-1)*cos - r) / a0,
		a1: 2 * ((a - 1) - (a+1)*cos) / a0,
		a2: ((a + 1) - (a-1)*cos - r) / a0,
	}
}

// Peaking returns a filter that changes what lies around hz by dB, with a
// quality q; same source.
func Peaking(hz, q, dB float64) Biquad {
	a := math.Pow(10, dB/40)
	sin, cos := math.Sincos(2 * math.Pi * hz / SampleRate)
	alpha := sin / (2 * q)
	a0 := 1 + alpha/a
	return Biquad{
		b0: (1 + alpha*a) / a0, b1: -2 * cos / a0, b2: (1 - alpha*a) / a0,
		a1: -2 * cos / a0, a2: (1 - alpha/a) / a0,
	}
}

// Notch returns a filter that takes away the tone at hz and, by 3 dB or more,
// what lies within width/2 Hz of it; same source.
func Notch(hz, width float64) Biquad {
	sin, cos := math.Sincos(2 * math.Pi * hz / SampleRate)
	alpha := sin * width / (2 * hz) // sin/(2 Q), Q = hz/width
	a0 := 1 + alpha
	return Biquad{
		b0: 1 / a0, b1: -2 * cos / a0, b2: 1 / a0,
		a1: -2 * cos / a0, a2: (1 - alpha) / a0,
	}
}

// Reset forgets the past.
func (f *Biquad) Reset() { f.z1, f.z2 = 0, 0 }

// Process filters p in place.
func (f *Biquad) Process(p []float32) {
	z1, z2 := f.z1, f.z2
	for i, x := range p {
		var y float64
		y, z1, z2 = f.step(float64(x), z1, z2)
		p[i] = float32(y)
	}
	f.z1, f.z2 = z1, z2
	f.settle()
}

// next filters one sample.
func (f *Biquad) next(x float64) (y float64) {
	y, f.z1, f.z2 = f.step(x, f.z1, f.z2)
	return y
}

// step is next for a state that the caller keeps: in variables of its own a loop waits
// for it less than in memory. Conversions keep products apart from sums, so that every
// processor gives the same bits.
func (f *Biquad) step(x, z1, z2 float64) (y, next1, next2 float64) {
	y = float64(f.b0*x) + z1
	next1 = (float64(f.b1*x) + z2) - float64(f.a1*y) // y comes last, it is waited for
	next2 = float64(f.b2*x) - float64(f.a2*y)
	return y, next1, next2
}

// settle ends the decay into digital silence before it reaches denormal
// numbers, which take many times longer to compute with. It also forgets a past
// that is not finite, as that would never end.
func (f *Biquad) settle() {
	const inaudible = 1e-30 // -600 dB
	size := math.Abs(f.z1) + math.Abs(f.z2)
	if size < inaudible || size-size != 0 {
		f.z1, f.z2 = 0, 0
	}
}
