package model

import (
	"math"
	"testing"

	"github.com/stillmic/stillmic/dsp"
)

// voiceInNoise runs a makeup over seconds of a pause and seconds of a voice: of both the input's
// energy, and what of its amplitude is left. It returns the gain after that in dB.
func voiceInNoise(m *makeup, noise, voice, left float32) float32 {
	hop := make([]float32, dsp.Hop)
	for i := range 1200 {
		speech, energy, amplitude := float32(0), noise, float32(0)
		if i >= 400 {
			speech, energy = 1, noise+voice
			amplitude = left * float32(math.Sqrt(float64(voice)/dsp.Hop))
		}
		for k := range hop {
			hop[k] = amplitude
		}
		m.apply(hop, energy, speech)
	}
	return 20 * float32(math.Log10(float64(1+m.last)))
}

// A voice gets back what was taken of it, up to a bound; nothing is done where it cannot be
// told how loud it is, nor where nothing was taken.
func TestMakeupKeepsTheVoicesLevel(t *testing.T) {
	for _, c := range []struct {
		what               string
		noise, voice, left float32
		want               float64 // dB
	}{
		{"a voice that lost 1 dB in silence", 0, 1, 0.891, 1},
		{"a voice that lost 1 dB at 10 dB SNR", 0.1, 1, 0.891, 1},
		{"a voice that lost 2 dB at 6 dB SNR", 0.25, 1, 0.794, 2},
		{"a voice that lost 20 dB", 0.1, 1, 0.1, makeupMost},
		{"a voice that came out louder", 0.1, 1, 1.2, 0},
		{"a voice 6 dB below its noise", 4, 1, 0.5, 0},
		{"a voice that lost all", 0.1, 1, 0, 0},
		{"a very loud voice", 1e6, 1e12, 0.891, 1},
		{"a very soft voice", 1e-12, 1e-10, 0.891, 1},
	} {
		if got := voiceInNoise(&makeup{}, c.noise, c.voice, c.left); math.Abs(float64(got)-c.want) > 0.1 {
			t.Errorf("%s: a gain of %.2f dB, want %.2f", c.what, got, c.want)
		}
	}
}

// The gain moves within each hop from where the last one ended, and slowly.
func TestMakeupMovesWithoutSteps(t *testing.T) {
	m := &makeup{}
	hop, last := make([]float32, dsp.Hop), float32(0.5)
	for i := range 600 {
		for k := range hop {
			hop[k] = 0.5
		}
		speech := float32(i / 200 % 2)
		m.apply(hop, speech*dsp.Hop, speech) // 6 dB are taken of a voice that comes and goes
		for k, v := range hop {
			if step := math.Abs(float64(v - last)); step > 1e-3 {
				t.Fatalf("hop %d, sample %d: a step of %v", i, k, step)
			}
			last = v
		}
	}
	if m.last < 0.2 {
		t.Errorf("the factor ends at %v: there was nothing to move", 1+m.last)
	}
}
