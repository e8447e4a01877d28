package dsp

import "math"

// Clarity shapes a voice for being understood: a shelf lifts what carries the
// consonants, a wide dip thins what a near microphone adds. It delays nothing.
type Clarity struct{ shelf, dip Biquad }

// NewClarity returns a shelf of +2 dB above 3.5 kHz with a dip of 1 dB at 250
// Hz; a strong one of +4 dB and 2 dB.
func NewClarity(strong bool) *Clarity {
	dB := 2.0
	if strong {
		dB = 4
	}
	return &Clarity{shelf: HighShelf(3500, dB), dip: Peaking(250, 0.7, -dB/2)}
}

// Reset forgets the past.
func (c *Clarity) Reset() {
	c.shelf.Reset()
	c.dip.Reset()
}

// Process filters p, of any length, in place.
func (c *Clarity) Process(p []float32) {
	// Both in one pass: the processor works on two samples at once that way.
	for i, x := range p {
		p[i] = float32(c.dip.next(c.shelf.next(float64(x))))
	}
	c.shelf.settle()
	c.dip.settle()
}

// HighShelf returns a filter that changes what lies above hz by dB and leaves
// what lies far below; at hz it is half way. Bristow-Johnson, "Cookbook
// formulae for audio EQ biquad filter coefficients", with a slope of 1.
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
