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
	x := (*[Hop]float32)(hop)
	z, past := &a.fft.a, &a.past
	for i := range Hop / 2 {
		z[i] = complex(past[2*i]*window[2*i], past[2*i+1]*window[2*i+1])
		z[Hop/2+i] = complex(x[2*i]*window[Hop+2*i], x[2*i+1]*window[Hop+2*i+1])
	}
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
	y := (*[Hop]float32)(hop)
	z, tail := &s.fft.a, &s.tail
	for i := range Hop / 2 {
		re, im := real(z[i]), -imag(z[i])
		y[2*i] = tail[2*i] + float32(re*window[2*i])
		y[2*i+1] = tail[2*i+1] + float32(im*window[2*i+1])
		re, im = real(z[Hop/2+i]), -imag(z[Hop/2+i])
		tail[2*i], tail[2*i+1] = re*window[Hop+2*i], im*window[Hop+2*i+1]
	}
}
