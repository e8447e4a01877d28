package dsp

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestGateLowersPausesOnly: noise in long pauses goes, and every phrase is whole
// from its first sample, even where the probability comes late.
func TestGateLowersPausesOnly(t *testing.T) {
	x, speech := sentence(20, 130, 12)
	r := rand.New(rand.NewPCG(6, 6))
	for i := range x {
		if math.Mod(float64(i)/SampleRate, 4) >= 2 { // every other phrase is a pause
			x[i] = 0
		}
		x[i] += float32(3e-5 * (2*r.Float64() - 1)) // -95 dBFS
	}
	for h := range speech {
		s := math.Mod(float64(h)/100, 4)
		speech[h] = 0.02
		if s > 0.03 && s < 1.6 { // 30 ms late
			speech[h] = 0.97
		}
	}
	for _, strong := range []bool{false, true} {
		g := NewGate(strong)
		y := processed(x, speech, GateDelay, g.Process)
		pause := func(i int) bool { s := math.Mod(float64(i)/SampleRate, 4); return s > 3.2 && s < 3.95 }
		less := levelDB(only(x, pause)) - levelDB(only(y, pause))
		phrase := func(i int) bool { return math.Mod(float64(i)/SampleRate, 4) < 1.7 }
		if got := sdr(only(x, phrase), only(y, phrase)); got < 60 {
			t.Errorf("strong %v: phrases %.1f dB", strong, got)
		}
		t.Logf("strong %v: pauses %.1f dB less", strong, less)
		if least := map[bool]float64{false: 11, true: 24}[strong]; less < least {
			t.Errorf("strong %v: pauses %.1f dB less, at least %v", strong, less, least)
		}
	}
}
