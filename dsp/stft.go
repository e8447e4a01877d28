package dsp

import "math"

// window is the square root of a Hann window, w[n] = sin(pi (n+1/2)/960), used
// before the transform and after it. Two neighbouring frames overlap by half,
// and w[n]^2 + w[n+480]^2 = sin^2 + cos^2 = 1: what nobody changes comes out as
// it went in.
var window = makeWindow()

func makeWindow() (w [Window]float32) {
	for n := range w {
		w[n] = float32(math.Sin(math.Pi * (float64(n) + 0.5) / Window))
	}
	return w
}

// backWindow is window for what the inverse transform leaves: every other sample
// comes negated.
var backWindow = func() (w [Window]float32) {
	for n := range w {
		w[n] = window[n] * float32(1-n%2*2)
	}
	return w
}()

// Analyzer turns a stream of hops into spectra. The zero value is ready and
// stands after silence.
type Analyzer struct {
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
	x, past, z := (*[Hop]float32)(hop), &a.past, a.fft.reals()
	multiply(z[:Hop], past[:], window[:Hop])
	multiply(z[Hop:], x[:], window[Hop:])
	*past = *x
	a.fft.forward(spec)
}

// Synthesizer turns spectra back into hops. The zero value is ready.
type Synthesizer struct {
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
	z, tail := s.fft.reals(), &s.tail
	multiplyAdd(hop[:Hop], tail[:], z[:Hop], backWindow[:Hop])
	multiply(tail[:], z[Hop:], backWindow[Hop:])
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
