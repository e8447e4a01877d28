package model

import (
	"math"
	"testing"

	"github.com/stillmic/stillmic/dsp"
)

// TestVoiceHold checks the bound while a voice is heard, its release, and that
// there is none in pauses.
func TestVoiceHold(t *testing.T) {
	var v voiceHold
	if low, high := v.next(0); low != 0 || high != 0 {
		t.Errorf("pause: %v and %v of the input stay, want none", low, high)
	}
	low, high := v.next(voiceSure)
	if math.Abs(dsp.DB(float64(low))+18) > 0.01 || math.Abs(dsp.DB(float64(high))+30) > 0.01 {
		t.Errorf("voice: %.2f and %.2f dB of the input stay, want -18 and -30", dsp.DB(float64(low)), dsp.DB(float64(high)))
	}
	for range 69 { // 0.69 s
		low, _ = v.next(0)
	}
	if half := float64(low) / leftLow; math.Abs(half-0.5) > 0.01 {
		t.Errorf("0.69 s after the voice %.3f of its share are left, want half", half)
	}
}

// TestMaskLeavesVoice removes everything but what a voice keeps.
func TestMaskLeavesVoice(t *testing.T) {
	for _, c := range []struct {
		speech    float32
		low, high float64
	}{{1, leftLow, leftHigh}, {0, 0, 0}} {
		s := &Suppressor{network: &network{}}
		s.features.edges = dsp.BandEdges()
		s.network.speech[0] = c.speech
		for k := range s.spec {
			s.spec[k] = 1
		}
		s.mask()
		for k, x := range s.spec {
			want := c.low
			if k*dsp.BinHz >= 8250 { // within a band of leftSwap
				want = c.high
			} else if k*dsp.BinHz > 7750 {
				continue
			}
			if math.Abs(float64(real(x))-want) > 1e-6 || imag(x) != 0 {
				t.Fatalf("speech %v, bin %d: %v, want %v", c.speech, k, x, want)
			}
		}
	}
}
