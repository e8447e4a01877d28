package model

import (
	"math"
	"testing"

	"github.com/stillmic/stillmic/dsp"
)

// even are energies of the same power in every band.
func even(power float64) *[dsp.Bands]float32 {
	var e [dsp.Bands]float32
	for b := range e {
		e[b] = float32(power)
	}
	return &e
}

// TestGainFloor checks the floor for voices above their noise and as loud as
// it, its release, and that there is none in pauses.
func TestGainFloor(t *testing.T) {
	for _, c := range []struct{ snr, want float64 }{{40, -16}, {13, -21}, {10, -26}, {8, -31}, {0, -55}} {
		var v gainFloor
		for range 100 {
			if v.next(0, even(1)); v.share != ([dsp.Bands]float32{}) {
				t.Fatalf("pause: %v of the input stays, want none", v.share)
			}
		}
		for range 20 {
			v.next(1, even(math.Pow(10, c.snr/10)))
		}
		before := v.share[0]
		if got := dsp.DB(float64(before)); math.Abs(got-c.want) > 0.1 {
			t.Errorf("voice %v dB above the noise: %.2f dB of the input stay, want %v", c.snr, got, c.want)
		}
		for range 69 { // 0.69 s at the level of the pauses, so that it stays
			v.next(0, even(1))
		}
		if half := float64(v.share[0] / before); math.Abs(half-0.5) > 0.01 {
			t.Errorf("0.69 s after the voice %.3f of its share are left, want half", half)
		}
	}
}

// TestGainFloorOfBands leaves more of the noise where the voice is than where it
// is not.
func TestGainFloorOfBands(t *testing.T) {
	var v gainFloor
	for range 100 {
		v.next(0, even(1))
	}
	voice := even(1000)
	for b := 100; b < dsp.Bands; b++ {
		voice[b] = 1
	}
	for range 20 {
		v.next(1, voice)
	}
	for b, want := range map[int]float64{0: -16, 99: -16, 100: -55, 127: -55} {
		if got := dsp.DB(float64(v.share[b])); math.Abs(got-want) > 0.1 {
			t.Errorf("band %d: %.2f dB of the input stay, want %v", b, got, want)
		}
	}
}

// TestGainFloorAtOnce spares a voice that nothing came before, and one after
// digital silence.
func TestGainFloorAtOnce(t *testing.T) {
	for _, silent := range []int{0, 500} {
		var v gainFloor
		for range silent {
			v.next(0, even(energyFloor))
		}
		for range 2 {
			v.next(1, even(1))
		}
		if got := dsp.DB(float64(v.share[5])); math.Abs(got-floorQuiet) > 0.01 {
			t.Errorf("after %d silent hops %.2f dB of the input stay, want %v", silent, got, floorQuiet)
		}
	}
}

// TestMaskLeavesVoice removes everything but what a voice keeps.
func TestMaskLeavesVoice(t *testing.T) {
	for _, c := range []struct{ speech, want float32 }{{1, amplitudeOf(floorQuiet)}, {0, 0}} {
		s := &lightStream{network: &network{}}
		s.features.edges = dsp.BandEdges()
		s.network.speech[0] = c.speech
		for k := range s.spec {
			s.spec[k] = 1
		}
		s.mask()
		for k, x := range s.spec {
			if math.Abs(float64(real(x)-c.want)) > 1e-6 || imag(x) != 0 {
				t.Fatalf("speech %v, bin %d: %v, want %v", c.speech, k, x, c.want)
			}
		}
	}
}
