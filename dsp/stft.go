package dsp

import "math"

// Shape is a window, used before the transform and after it. Two neighbouring frames
// overlap by half, and w[n]^2 + w[n+480]^2 = 1: what nobody changes comes out as it
// went in.
type Shape struct {
	forth [Window]float32
	back  [Window]float32 // for what the inverse transform leaves: every other sample negated
}

var (
	// Sine is the square root of a Hann window, w[n] = sin(pi (n+1/2)/960).
	Sine = newShape(func(phase float64) float64 { return math.Sin(phase) })

	// Vorbis is the window of the codec of that name, sin(pi/2 sin^2(pi (n+1/2)/960)):
	// its side lobes fall off faster. See "Vorbis I specification", 4.3.1.
	Vorbis = newShape(func(phase float64) float64 { return math.Sin(math.Pi / 2 * math.Pow(math.Sin(phase), 2)) })
)

func newShape(at func(phase float64) float64) *Shape {
	s := &Shape{}
	for n := range s.forth {
		s.forth[n] = float32(at(math.Pi * (float64(n) + 0.5) / Window))
		s.back[n] = s.forth[n] * float32(1-n%2*2)
	}
	return s
}

// Analyzer turns a stream of hops into spectra. The zero value is ready and
// stands after silence.
type Analyzer struct {
	Shape *Shape // nil is Sine

	fft  fft
	past [Hop]float32 // the hop before
}

// NewAnalyzer returns an Analyzer that stands after silence.
func NewAnalyzer() *Analyzer { return new(Analyzer) }

// Reset forgets the past.
func (a *Analyzer) Reset() { a.past = [Hop]float32{} }

// Analyze takes the next hop (Hop samples) and writes to spec (Bins values) the
// spectrum of the window made of the hop before and this one. The transform is
// unscaled: a full-scale sine on a bin has a magnitude of about 960/2 * 2/pi.
func (a *Analyzer) Analyze(spec []complex64, hop []float32) {
	x, past, z, w := (*[Hop]float32)(hop), &a.past, a.fft.reals(), &shapeOf(a.Shape).forth
	multiply(z[:Hop], past[:], w[:Hop])
	multiply(z[Hop:], x[:], w[Hop:])
	*past = *x
	a.fft.forward(spec)
}

// Synthesizer turns spectra back into hops. The zero value is ready.
type Synthesizer struct {
	Shape *Shape // that of the Analyzer; nil is Sine

	fft  fft
	tail [Hop]float32 // the second half of the frame before, windowed
}

// Reset forgets the past.
func (s *Synthesizer) Reset() { s.tail = [Hop]float32{} }

// Synthesize takes the next spectrum (Bins values, not changed) and writes to
// hop (Hop samples) what it completes: the samples that entered the Analyzer
// one hop before, so the pair delays by exactly Hop samples. The imaginary
// parts of bins 0 and 480 must be zero and are ignored.
func (s *Synthesizer) Synthesize(hop []float32, spec []complex64) {
	s.fft.inverse(spec)
	z, tail, w := s.fft.reals(), &s.tail, &shapeOf(s.Shape).back
	multiplyAdd(hop[:Hop], tail[:], z[:Hop], w[:Hop])
	multiply(tail[:], z[Hop:], w[Hop:])
}

// shapeOf is s or, where that is nil, Sine.
func shapeOf(s *Shape) *Shape {
	if s == nil {
		return Sine
	}
	return s
}

// multiplyGo is y[i] = a[i]*b[i].
func multiplyGo(y, a, b []float32) {
	a, b = a[:len(y)], b[:len(y)]
	for i := range y {
		y[i] = a[i] * b[i]
	}
}

// multiplyAddGo is y[i] = c[i] + a[i]*b[i].
func multiplyAddGo(y, c, a, b []float32) {
	c, a, b = c[:len(y)], a[:len(y)], b[:len(y)]
	for i := range y {
		y[i] = c[i] + float32(a[i]*b[i])
	}
}
