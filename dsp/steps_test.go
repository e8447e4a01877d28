package dsp

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// sentence makes seconds of a made-up voice and the probability that each hop
// holds speech: syllables of pulses through formants with hisses before some, in
// phrases of 1.6 s with pauses of 0.4 s. pitch in Hz.
func sentence(seconds float64, pitch float64, seed uint64) (x, speech []float32) {
	r := rand.New(rand.NewPCG(seed, 9))
	n := int(seconds * SampleRate)
	x = make([]float32, n)
	tracts := [][3]float64{{730, 1090, 2440}, {530, 1840, 2480}, {270, 2290, 3010}, {570, 840, 2410}}
	var s1, s2 [3]float64
	phase, hiss := 0.0, 0.0
	for i := range n {
		t := math.Mod(float64(i)/SampleRate, 2)
		if t >= 1.6 {
			continue
		}
		syllable, within := math.Modf(t / 0.2)
		tract := tracts[(int(syllable)+i/(2*SampleRate))%len(tracts)]
		pulse := 0.0
		phase += pitch * (1 + 0.1*math.Sin(7*t)) / SampleRate
		if phase >= 1 {
			phase--
			pulse = 1
		}
		loud, sharp := 0.0, 0.0
		if within < 0.3 && int(syllable)%2 == 0 {
			sharp = math.Sin(math.Pi * within / 0.3)
		} else {
			loud = math.Pow(math.Sin(math.Pi*(within-0.3)/0.7), 0.5)
			if within < 0.3 {
				loud = 0
			}
		}
		v := 0.0
		for k, f := range tract {
			rad := math.Exp(-math.Pi * 90 / SampleRate)
			y := pulse + 2*rad*math.Cos(2*math.Pi*f/SampleRate)*s1[k] - rad*rad*s2[k]
			s2[k], s1[k] = s1[k], y
			v += y / float64(k+1)
		}
		w := 2*r.Float64() - 1
		x[i] = float32(0.015*loud*v + 0.06*sharp*(w-0.9*hiss))
		hiss = w
	}
	for h := range n / Hop {
		p := float32(0.02)
		if math.Mod(float64(h)/100, 2) < 1.6 {
			p = 0.97
		}
		speech = append(speech, p)
	}
	return x, speech
}

// processed runs f hop by hop over a copy of x and takes its delay off. The
// probability handed in is that of the hop.
func processed(x, speech []float32, delay int, f func(hop []float32, speech float32)) []float32 {
	n := len(x) / Hop * Hop
	y := append(slices.Clone(x[:n]), make([]float32, (delay+Hop-1)/Hop*Hop)...)
	for i := 0; i < len(y); i += Hop {
		p := float32(0)
		if h := i / Hop; h < len(speech) {
			p = speech[h]
		}
		f(y[i:i+Hop], p)
	}
	return y[delay:][:n]
}

// sdr is the energy of x over that of its difference to y, in dB.
func sdr(x, y []float32) float64 {
	signal, noise := 0.0, 1e-20
	for i := range min(len(x), len(y)) {
		d := float64(y[i]) - float64(x[i])
		signal += float64(x[i]) * float64(x[i])
		noise += d * d
	}
	return PowerDB(signal / noise)
}

// levelDB is the mean power of x in dB.
func levelDB(x []float32) float64 {
	sum := 1e-20
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return PowerDB(sum / float64(len(x)))
}

// bandDB is the mean power of x between two frequencies in dB.
func bandDB(x []float32, from, to float64) float64 {
	var a Analyzer
	var spec [Bins]complex64
	sum := 1e-20
	for i := 0; i+Hop <= len(x); i += Hop {
		a.Analyze(spec[:], x[i:i+Hop])
		for k := int(from / BinHz); k <= int(to/BinHz); k++ {
			sum += float64(real(spec[k])*real(spec[k]) + imag(spec[k])*imag(spec[k]))
		}
	}
	return PowerDB(sum / float64(len(x)))
}

// everyStep is each step of the voice chain on its own, for what holds for all.
var everyStep = map[string]func(strong bool) (delay int, f func([]float32, float32), reset func()){
	"plosive": func(s bool) (int, func([]float32, float32), func()) {
		p := NewPlosive(s)
		return 0, func(x []float32, _ float32) { p.Process(x) }, p.Reset
	},
	"deess": func(s bool) (int, func([]float32, float32), func()) { d := NewDeEsser(s); return 0, d.Process, d.Reset },
	"clarity": func(s bool) (int, func([]float32, float32), func()) {
		c := NewClarity(s)
		return 0, func(x []float32, _ float32) { c.Process(x) }, c.Reset
	},
	"gate": func(s bool) (int, func([]float32, float32), func()) {
		g := NewGate(s)
		return GateDelay, g.Process, g.Reset
	},
	"breath": func(s bool) (int, func([]float32, float32), func()) { b := NewBreath(s); return 0, b.Process, b.Reset },
	"click": func(s bool) (int, func([]float32, float32), func()) {
		c := NewDeclicker(s)
		return DeclickDelay, c.Process, c.Reset
	},
	"hum": func(s bool) (int, func([]float32, float32), func()) {
		h := NewHum(s)
		return 0, func(x []float32, _ float32) { h.Process(x) }, h.Reset
	},
	"declip": func(s bool) (int, func([]float32, float32), func()) {
		d := NewDeclipper(s)
		return 0, func(x []float32, _ float32) { d.Process(x) }, d.Reset
	},
	"dereverb": func(s bool) (int, func([]float32, float32), func()) {
		r := NewDereverb(s)
		return DereverbDelay, func(x []float32, _ float32) { r.Process(x) }, r.Reset
	},
}

// TestStepsLeaveCleanSpeech: what each step does to a clean, dry voice that
// gives it no reason. Clarity is meant to change it.
func TestStepsLeaveCleanSpeech(t *testing.T) {
	for _, pitch := range []float64{85, 200} {
		x, speech := sentence(8, pitch, 1)
		for name, makeStep := range everyStep {
			for _, strong := range []bool{false, true} {
				delay, f, _ := makeStep(strong)
				got := sdr(x, processed(x, speech, delay, f))
				t.Logf("%s, strong %v, %v Hz: %.1f dB", name, strong, pitch, got)
				if name == "plosive" {
					checkBands(t, x, processed(x, speech, delay, f))
					continue // turns phases
				}
				if least := 25.0; got < least && name != "clarity" {
					t.Errorf("%s, strong %v, %v Hz: changes a clean voice, %.1f dB, at least %v", name, strong, pitch, got, least)
				}
			}
		}
	}
}

// checkBands wants the level of every octave as it was.
func checkBands(t *testing.T, x, y []float32) {
	t.Helper()
	for hz := 100.0; hz < 10_000; hz *= 2 {
		if d := bandDB(y, hz, 2*hz) - bandDB(x, hz, 2*hz); math.Abs(d) > 0.5 {
			t.Errorf("%.0f to %.0f Hz: %+.2f dB", hz, 2*hz, d)
		}
	}
}

func TestStepsAllocateNothingAndReset(t *testing.T) {
	x, speech := sentence(3, 120, 2)
	for name, makeStep := range everyStep {
		delay, f, reset := makeStep(true)
		first := processed(x, speech, delay, f)
		reset()
		if !slices.Equal(first, processed(x, speech, delay, f)) {
			t.Errorf("%s: not as new after Reset", name)
		}
		hop := slices.Clone(x[:Hop])
		if n := testing.AllocsPerRun(50, func() { f(hop, 1) }); n != 0 {
			t.Errorf("%s: %v allocations per hop", name, n)
		}
	}
}

// TestStepsRecover: after samples that are no numbers, or no sound, every step works again.
func TestStepsRecover(t *testing.T) {
	for _, faults := range [][2]float64{{math.NaN(), math.Inf(1)}, {1e6, 1e6}, {-3e38, 1e20}} {
		recovers(t, faults)
	}
}

func recovers(t *testing.T, faults [2]float64) {
	t.Helper()
	x, speech := sentence(4, 120, 3)
	for name, makeStep := range everyStep {
		_, f, _ := makeStep(true)
		bad := make([]float32, Hop)
		bad[3], bad[100] = float32(faults[0]), float32(faults[1])
		f(bad, float32(faults[0]-faults[0]+1))
		for range 10 { // what entered has left by then
			f(make([]float32, Hop), 0)
		}
		y := processed(x, speech, 0, f)
		for i, v := range y {
			if v-v != 0 {
				t.Errorf("%s, after %v: sample %d is %v", name, faults, i, v)
				break
			}
		}
		if levelDB(y) < levelDB(x)-6 {
			t.Errorf("%s: %.1f dB after %v, %.1f before", name, levelDB(y), faults, levelDB(x))
		}
	}
}

func BenchmarkSteps(b *testing.B) {
	x, speech := sentence(2, 120, 4)
	for name, makeStep := range everyStep {
		b.Run(name, func(b *testing.B) {
			_, f, _ := makeStep(true)
			hop := make([]float32, Hop)
			for i := 0; b.Loop(); i = (i + 1) % len(speech) {
				copy(hop, x[i*Hop:])
				f(hop, speech[i])
			}
		})
	}
}
