package monitor

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/control"
)

const (
	// everyHops is how many hops one picture covers: 5 * 10 ms = 20 per second.
	everyHops = 5

	// floorDB is the lowest level that is told.
	floorDB = -100

	// window is the length of one spectrum: 2048 samples are 42.7 ms, and the
	// lines are 23.4 Hz apart.
	window = 2048

	// melTop is 24 kHz on the mel scale: 2595*log10(1 + 24000/700).
	melTop = 4016.3
)

// Levels measures the levels of every 50 ms.
type Levels struct {
	hops    int
	in, out float64 // sums of squares
	speech  float64
}

// Add takes a hop, and returns the levels when 50 ms are complete.
func (l *Levels) Add(h *Hop) (m control.Meters, complete bool) {
	l.in += energy(&h.In)
	l.out += energy(&h.Out)
	l.speech = max(l.speech, float64(h.Speech))
	if l.hops++; l.hops < everyHops {
		return m, false
	}
	const samples = everyHops * audioio.BlockSize
	m = control.Meters{InputDB: powerDB(l.in / samples), OutputDB: powerDB(l.out / samples),
		Speech: math.Round(1000*l.speech) / 1000}
	*l = Levels{}
	return m, true
}

func energy(b *audioio.Block) float64 {
	sum := 0.0
	for _, v := range b {
		sum += float64(v) * float64(v)
	}
	return sum
}

// powerDB returns a power re full scale in dB, to a tenth.
func powerDB(p float64) float64 {
	if !(p > 1e-10) {
		return floorDB
	}
	return math.Round(100*math.Log10(p)) / 10
}

// Spectra makes a spectrum of before and after every 50 ms.
type Spectra struct {
	hops          int
	before, after [window]float64 // the last samples, the newest last
	fft           *fourier.FFT
	shape         [window]float64
	scale         float64 // of a line's power, so that a full-scale sine is 1
	work          [window]float64
	lines         []complex128
	band          [window/2 + 1]float64 // where a line lies among the bands
}

// NewSpectra returns an analyser that has heard silence.
func NewSpectra() *Spectra {
	s := &Spectra{fft: fourier.NewFFT(window), lines: make([]complex128, window/2+1)}
	sum := 0.0
	for i := range s.shape {
		s.shape[i] = 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/window) // Hann
		sum += s.shape[i] * s.shape[i]
	}
	// By Parseval, the lines of a sine of amplitude A add up to
	// sum |X|^2 = N * sum (A^2/2 w^2) / 2.
	s.scale = 4 / (window * sum)
	for k := range s.band {
		hz := float64(k) * audioio.SampleRate / window
		s.band[k] = 2595*math.Log10(1+hz/700)/melTop*control.Bands - 0.5
	}
	return s
}

// Add takes a hop, and returns the spectra when 50 ms have passed.
func (s *Spectra) Add(h *Hop) (p control.Spectrum, complete bool) {
	shift(&s.before, &h.In)
	shift(&s.after, &h.Out)
	if s.hops++; s.hops < everyHops {
		return p, false
	}
	s.hops = 0
	s.analyse(&p.Before, &s.before)
	s.analyse(&p.After, &s.after)
	return p, true
}

func shift(past *[window]float64, b *audioio.Block) {
	copy(past[:], past[audioio.BlockSize:])
	for i, v := range b {
		past[window-audioio.BlockSize+i] = float64(v)
	}
}

// analyse shares each line's power out between the two bands it lies between.
func (s *Spectra) analyse(levels *[control.Bands]float64, samples *[window]float64) {
	for i, v := range samples {
		s.work[i] = v * s.shape[i]
	}
	s.lines = s.fft.Coefficients(s.lines, s.work[:])
	var power [control.Bands]float64
	for k, x := range s.lines {
		p := (real(x)*real(x) + imag(x)*imag(x)) * s.scale
		at := min(max(s.band[k], 0), control.Bands-1)
		low := min(int(at), control.Bands-2)
		share := at - float64(low)
		power[low] += p * (1 - share)
		power[low+1] += p * share
	}
	for i, p := range power {
		levels[i] = powerDB(p)
	}
}
