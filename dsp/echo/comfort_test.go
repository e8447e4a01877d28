package echo

import (
	"math"
	"testing"

	"github.com/stillmic/stillmic/dsp"
)

// rushing returns white noise of a level in dB of full scale.
func rushing(seconds, level float64) []float32 {
	draw := comfort{seed: 1}
	x := make([]float32, int(seconds*dsp.SampleRate))
	size := float32(math.Sqrt(3) * math.Pow(10, level/20))
	for i := range x {
		x[i] = size * draw.random()
	}
	return x
}

// TestComfortNoiseIsBelowTheBackground: where all of a background is taken off, noise 10 dB below it is put in its
// place, and nothing where the gains take nothing off.
func TestComfortNoiseIsBelowTheBackground(t *testing.T) {
	background := rushing(3, -40)
	var analyzer dsp.Analyzer
	var spec [dsp.Bins]complex64
	var power [bands]float32
	hops := len(background) / dsp.Hop
	for i := range hops {
		analyzer.Analyze(spec[:], background[i*dsp.Hop:][:dsp.Hop])
		for b := range power {
			for k := edges[b]; k < edges[b+1]; k++ {
				power[b] += square(spec[k]) / float32(hops)
			}
		}
	}
	fill := func(g float32) []float32 {
		var c comfort
		var gain [bands]float32
		for b := range gain {
			gain[b] = g
		}
		out := make([]float32, len(background))
		for i := range hops {
			c.fill(out[i*dsp.Hop:][:dsp.Hop], &gain, &power, &power)
		}
		return out
	}
	if got := lowered(background, fill(lowest), 1, 3); math.Abs(got-10) > 0.5 {
		t.Errorf("comfort noise is %.1f dB below the background, want 10", got)
	}
	for i, v := range fill(1) {
		if v != 0 {
			t.Fatalf("sample %d is %g where nothing was taken off", i, v)
		}
	}
}

// TestComfortNoiseIsNoVoice: what the far end leaves between two words is no background to be filled in.
func TestComfortNoiseIsNoVoice(t *testing.T) {
	var c comfort
	var gain, rest, noise [bands]float32
	out := make([]float32, dsp.Hop)
	for b := range noise {
		gain[b], noise[b] = lowest, 1
	}
	c.fill(out, &gain, &rest, &noise)
	for b := range noise {
		noise[b] = 1000
	}
	for range 100 {
		c.fill(out, &gain, &rest, &noise)
	}
	if got := 10 * math.Log10(float64(c.floor[0])); got > 0.3 {
		t.Errorf("a second later the background is taken to be %.2f dB louder, want at most 0.3", got)
	}
}
