package dsp

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// mouthClick is a crackle of about 1.5 ms around 4 kHz.
func mouthClick(gain float64) []float32 {
	x := make([]float32, SampleRate/200)
	for i := range x {
		t := float64(i) / SampleRate
		x[i] = float32(gain * math.Exp(-t/0.0004) * math.Sin(2*math.Pi*4000*t))
	}
	return x
}

func TestDeclickerInPauses(t *testing.T) {
	x, speech := sentence(12, 110, 9)
	r := rand.New(rand.NewPCG(1, 7))
	for i := range x {
		x[i] += float32(1e-4 * (2*r.Float64() - 1)) // -85 dBFS of noise
	}
	in := slices.Clone(x)
	for at := SampleRate * 17 / 10; at < len(in); at += 2 * SampleRate { // 100 ms into each pause
		for k := range 2 {
			for i, v := range mouthClick(0.05) {
				in[at+k*SampleRate/12+i] += v
			}
		}
	}
	pause := func(i int) bool { s := math.Mod(float64(i)/SampleRate, 2); return s > 1.65 && s < 1.95 }
	for _, strong := range []bool{false, true} {
		d := NewDeclicker(strong)
		y := processed(in, speech, DeclickDelay, d.Process)
		left := only(in, pause)
		less := levelDB(left) - levelDB(only(y, pause))
		rest := sdr(only(in, func(i int) bool { return !pause(i) }), only(y, func(i int) bool { return !pause(i) }))
		t.Logf("strong %v: clicks %.1f dB less, elsewhere %.1f dB", strong, less, rest)
		if least := map[bool]float64{false: 9, true: 12}[strong]; less < least {
			t.Errorf("strong %v: clicks %.1f dB less, at least %v", strong, less, least)
		}
		if rest < 30 {
			t.Errorf("strong %v: elsewhere %.1f dB", strong, rest)
		}
	}
}

// TestDeclickerInVowels: only a strong one takes clicks within speech.
func TestDeclickerInVowels(t *testing.T) {
	x, speech := sentence(10, 210, 10)
	click := make([]float32, len(x))
	for at := SampleRate * 5 / 10; at < len(x); at += 2 * SampleRate { // in the third syllable
		copy(click[at:], mouthClick(0.2))
	}
	in := make([]float32, len(x))
	for i := range in {
		in[i] = x[i] + click[i]
	}
	d := NewDeclicker(true)
	y := processed(in, speech, DeclickDelay, d.Process)
	t.Logf("%.1f dB with clicks, %.1f without most of them", sdr(x, in), sdr(x, y))
	if sdr(x, y) < sdr(x, in)+3 {
		t.Errorf("%.1f dB, was %.1f", sdr(x, y), sdr(x, in))
	}
	d = NewDeclicker(false)
	if y := processed(in, speech, DeclickDelay, d.Process); sdr(in, y) < 60 {
		t.Errorf("a light one changes speech: %.1f dB", sdr(in, y))
	}
}
