package dsp

import (
	"math"
	"testing"
)

// pops returns blows of 60 ms at 25 to 50 Hz, one a second, 6 dB louder than the
// voice of sentence, and silence elsewhere.
func pops(n int) []float32 {
	x := make([]float32, n)
	for at := SampleRate / 2; at+SampleRate/10 < n; at += SampleRate {
		for i := range SampleRate * 6 / 100 {
			t := float64(i) / SampleRate
			env := math.Sin(math.Pi * t / 0.06)
			x[at+i] = float32(0.4 * env * math.Sin(2*math.Pi*(25+400*t)*t))
		}
	}
	return x
}

func TestPlosiveRemovesPops(t *testing.T) {
	x, speech := sentence(10, 110, 1)
	pop := pops(len(x))
	mixed := make([]float32, len(x))
	for i := range x {
		mixed[i] = x[i] + pop[i]
	}
	for _, strong := range []bool{false, true} {
		p := NewPlosive(strong)
		y := processed(mixed, speech, 0, func(h []float32, _ float32) { p.Process(h) })
		lower := bandDB(mixed, 0, 60) - bandDB(y, 0, 60)
		t.Logf("strong %v: below 60 Hz %.1f dB less, 200 Hz to 8 kHz %+.2f dB",
			strong, lower, bandDB(y, 200, 8000)-bandDB(x, 200, 8000))
		if least := map[bool]float64{false: 6, true: 9}[strong]; lower < least {
			t.Errorf("strong %v: pops lowered by %.1f dB, at least %v", strong, lower, least)
		}
		if d := bandDB(y, 200, 8000) - bandDB(x, 200, 8000); math.Abs(d) > 0.7 {
			t.Errorf("strong %v: the voice changed by %+.2f dB", strong, d)
		}
	}
}

func TestPlosiveRemovesRumble(t *testing.T) {
	x := sine(30.0/SampleRate, 4*SampleRate)
	for i := range x {
		x[i] *= 0.05
	}
	p := NewPlosive(false)
	y := processed(x, nil, 0, func(h []float32, _ float32) { p.Process(h) })
	if d := levelDB(x[SampleRate:]) - levelDB(y[SampleRate:]); d < 30 {
		t.Errorf("a rumble of 30 Hz is lowered by %.1f dB", d)
	}
}
