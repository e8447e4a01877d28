package dsp

import (
	"math"
	"math/rand/v2"
	"testing"
)

// breathe adds an audible breath of 300 ms to each pause of sentence, 26 dB
// below the voice.
func breathe(x []float32) []float32 {
	r := rand.New(rand.NewPCG(3, 3))
	var f stateVariable
	f.set(1800, 0.5)
	y := make([]float32, len(x))
	for i := range y {
		y[i] = x[i]
		_, b, _ := f.next(2*r.Float64() - 1)
		if s := math.Mod(float64(i)/SampleRate, 2) - 1.65; s > 0 && s < 0.3 {
			y[i] += float32(0.012 * math.Sin(math.Pi*s/0.3) * b)
		}
	}
	return y
}

func TestBreathIsSoftened(t *testing.T) {
	x, speech := sentence(20, 130, 11)
	in := breathe(x)
	breath := func(i int) bool {
		s := math.Mod(float64(i)/SampleRate, 2)
		return i > 2*SampleRate && s > 1.65 && s < 1.95
	}
	voice := func(i int) bool { s := math.Mod(float64(i)/SampleRate, 2); return s < 1.6 }
	for _, strong := range []bool{false, true} {
		b := NewBreath(strong)
		y := processed(in, speech, 0, b.Process)
		less := levelDB(only(in, breath)) - levelDB(only(y, breath))
		rest := sdr(only(in, voice), only(y, voice))
		t.Logf("strong %v: breaths at %.1f dB, voice %.1f dB: %.1f dB less, voice %.1f dB", strong,
			levelDB(only(in, breath)), levelDB(only(in, voice)), less, rest)
		if least := map[bool]float64{false: 4, true: 6}[strong]; less < least {
			t.Errorf("strong %v: breaths %.1f dB less, at least %v", strong, less, least)
		}
		if rest < 30 {
			t.Errorf("strong %v: the voice changed, %.1f dB", strong, rest)
		}
	}
}
