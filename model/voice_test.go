package model

import (
	"math"
	"testing"

	"github.com/stillmic/stillmic/dsp"
)

// TestVoiceBound checks the bound for voices far above their noise and as loud as
// it, its release, and that there is none in pauses.
func TestVoiceBound(t *testing.T) {
	for _, c := range []struct{ snr, low, high float64 }{{40, -16, -36}, {14, -26, -36}, {0, -36, -36}} {
		var v voiceBound
		for range 100 {
			if low, high := v.next(0, 1); low != 0 || high != 0 {
				t.Fatalf("pause: %v and %v of the input stay, want none", low, high)
			}
		}
		var low, high float32
		for range 20 {
			low, high = v.next(1, float32(math.Pow(10, c.snr/10)))
		}
		if gotLow, gotHigh := dsp.DB(float64(low)), dsp.DB(float64(high)); math.Abs(gotLow-c.low) > 0.1 || math.Abs(gotHigh-c.high) > 0.1 {
			t.Errorf("voice %v dB above the noise: %.2f and %.2f dB of the input stay, want %v and %v", c.snr, gotLow, gotHigh, c.low, c.high)
		}
		before := low
		for range 69 { // 0.69 s at the level of the pauses, so that it stays
			low, _ = v.next(0, float32(v.pause.sum/v.pause.weight))
		}
		if half := float64(low / before); math.Abs(half-0.5) > 0.01 {
			t.Errorf("0.69 s after the voice %.3f of its share are left, want half", half)
		}
	}
}

// TestVoiceBoundAtOnce spares a voice that nothing came before, and one after
// digital silence.
func TestVoiceBoundAtOnce(t *testing.T) {
	for _, silent := range []int{0, 500} {
		var v voiceBound
		for range silent {
			v.next(0, 0)
		}
		if low, _ := v.next(1, 1); math.Abs(dsp.DB(float64(low))+boundQuiet) > 0.01 {
			t.Errorf("after %d silent hops %.2f dB of the input stay, want %v", silent, dsp.DB(float64(low)), -boundQuiet)
		}
	}
}

// TestMaskLeavesVoice removes everything but what a voice keeps.
func TestMaskLeavesVoice(t *testing.T) {
	for _, c := range []struct {
		speech    float32
		low, high float64
	}{{1, float64(share(boundQuiet)), float64(share(boundHigh))}, {0, 0, 0}} {
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
