package dsp

import (
	"math"
	"math/rand/v2"
	"testing"
)

// sharp adds hisses around 7 kHz, as loud as the voice, to the first 80 ms of
// every 0.4 s, and says where.
func sharp(x []float32) (y []float32, where func(i int) bool) {
	r := rand.New(rand.NewPCG(4, 4))
	var f stateVariable
	f.set(7000, 2)
	where = func(i int) bool { return i%(SampleRate*4/10) < SampleRate*8/100 }
	for i, v := range x {
		_, b, _ := f.next(2*r.Float64() - 1)
		if where(i) {
			v += float32(0.25 * b)
		}
		y = append(y, v)
	}
	return y, where
}

// only is x where the condition holds.
func only(x []float32, holds func(i int) bool) (y []float32) {
	for i, v := range x {
		if holds(i) {
			y = append(y, v)
		}
	}
	return y
}

func TestDeEsserSoftensHisses(t *testing.T) {
	x, speech := sentence(12, 140, 2)
	in, where := sharp(x)
	for _, strong := range []bool{false, true} {
		d := NewDeEsser(strong)
		y := processed(in, speech, 0, d.Process)
		tail := func(i int) bool { return i > 2*SampleRate && where(i) }
		less := bandDB(only(in, tail), 5000, 9000) - bandDB(only(y, tail), 5000, 9000)
		// Away from the hisses and their 10 ms of release.
		away := func(i int) bool { return !where(i) && !where(i-SampleRate/100) && !where(i+SampleRate/1000) }
		rest := sdr(only(in, away), only(y, away))
		low := bandDB(y, 100, 2000) - bandDB(in, 100, 2000)
		t.Logf("strong %v: hisses %.1f dB less, elsewhere %.1f dB, below 2 kHz %+.2f dB",
			strong, less, rest, low)
		if least := map[bool]float64{false: 3, true: 6}[strong]; less < least {
			t.Errorf("strong %v: hisses lowered by %.1f dB, at least %v", strong, less, least)
		}
		if rest < 25 || math.Abs(low) > 0.2 {
			t.Errorf("strong %v: elsewhere %.1f dB, below 2 kHz %+.2f dB", strong, rest, low)
		}
	}
}
