package dsp

import (
	"math"
	"math/rand/v2"
	"testing"
)

// inRoom convolves x with the direct sound, at 0 dB, and a diffuse tail that
// starts 20 ms later, has the same energy and decays by 60 dB within rt seconds.
func inRoom(x []float32, rt float64) []float32 {
	r := rand.New(rand.NewPCG(8, 1))
	n := int(rt * SampleRate)
	tail := make([]float64, 0, 400)
	places := make([]int, 0, 400)
	sum := 0.0
	for range 200 { // a sparse tail is as good and quicker
		at := r.IntN(n)
		v := math.Pow(10, -3*float64(at)/float64(n)) * r.NormFloat64()
		places, tail, sum = append(places, SampleRate/50+at), append(tail, v), sum+v*v
	}
	y := make([]float32, len(x))
	copy(y, x)
	for k, v := range tail {
		g := float32(v / math.Sqrt(sum))
		for i := places[k]; i < len(y); i++ {
			y[i] += g * x[i-places[k]]
		}
	}
	return y
}

func TestDereverbShortensTails(t *testing.T) {
	x, speech := sentence(14, 130, 13)
	for _, rt := range []float64{0.4, 0.8} {
		in := inRoom(x, rt)
		// 50 to 250 ms after each phrase.
		tail := func(i int) bool {
			s := math.Mod(float64(i)/SampleRate, 2)
			return i > 6*SampleRate && s > 1.65 && s < 1.85
		}
		voice := func(i int) bool { return i > 6*SampleRate && math.Mod(float64(i)/SampleRate, 2) < 1.6 }
		for _, strong := range []bool{false, true} {
			r := NewDereverb(strong)
			y := processed(in, speech, DereverbDelay, func(p []float32, _ float32) { r.Process(p) })
			less := levelDB(only(in, tail)) - levelDB(only(y, tail))
			kept := levelDB(only(in, voice)) - levelDB(only(y, voice))
			t.Logf("%.1f s, strong %v: tails %.1f dB less, voice %.1f dB less", rt, strong, less, kept)
			if least := map[bool]float64{false: 2, true: 4}[strong]; less-kept < least {
				t.Errorf("%.1f s, strong %v: tails %.1f dB less than the voice, at least %v", rt, strong, less-kept, least)
			}
		}
	}
}
