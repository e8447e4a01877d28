package synth

import (
	"math"
	"math/rand/v2"

	"github.com/stillmic/stillmic/audioio"
)

// vowels are formant frequencies in Hz: a, e, i, o, u of a male speaker.
var vowels = [][3]float64{{730, 1090, 2440}, {530, 1840, 2480}, {270, 2290, 3010}, {570, 840, 2410}, {300, 870, 2240}}

// formantWidth is the bandwidth of each formant in Hz.
var formantWidth = [3]float64{80, 100, 140}

// Voice returns a signal with the structure of speech, for benchmarks: vowels
// of a gliding pitch, hissing consonants between them, pauses between words.
// It needs no program and is the same on every machine.
func Voice(n int, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 3))
	x := make([]float32, 0, n)
	for len(x) < n {
		for range 1 + r.IntN(4) { // syllables of a word
			x = hiss(x, r, 0.04+0.06*r.Float64())
			x = vowel(x, r, vowels[r.IntN(len(vowels))], 0.1+0.15*r.Float64())
		}
		x = append(x, make([]float32, int(audioio.SampleRate*(0.1+0.4*r.Float64())))...)
	}
	x = x[:n]
	Scale(x, 0.5)
	return x
}

// envelope rises and falls like a raised cosine over a sound of n samples.
func envelope(i, n int) float64 { return 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(n)) }

// hiss appends high-passed noise.
func hiss(x []float32, r *rand.Rand, seconds float64) []float32 {
	n := int(seconds * audioio.SampleRate)
	last := 0.0
	for i := range n {
		w := 2*r.Float64() - 1
		x = append(x, float32(0.05*envelope(i, n)*(w-0.9*last)))
		last = w
	}
	return x
}

// vowel appends pulses of a voice through three resonators in parallel.
func vowel(x []float32, r *rand.Rand, formants [3]float64, seconds float64) []float32 {
	n := int(seconds * audioio.SampleRate)
	pitch, glide := 90+80*r.Float64(), -30+40*r.Float64()
	var y1, y2 [3]float64
	phase := 0.0
	for i := range n {
		phase += (pitch + glide*float64(i)/float64(n)) / audioio.SampleRate
		pulse := 0.0
		if phase >= 1 {
			phase--
			pulse = 1
		}
		sum := 0.0
		for k, f := range formants {
			// y[n] = x[n] + 2 r cos(w) y[n-1] - r^2 y[n-2]
			rad := math.Exp(-math.Pi * formantWidth[k] / audioio.SampleRate)
			y := pulse + 2*rad*math.Cos(2*math.Pi*f/audioio.SampleRate)*y1[k] - rad*rad*y2[k]
			y2[k], y1[k] = y1[k], y
			sum += y / float64(k+1)
		}
		x = append(x, float32(0.02*envelope(i, n)*sum))
	}
	return x
}
