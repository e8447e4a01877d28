package deepfilter

import (
	"math"
	"slices"
	"testing"

	"github.com/stillmic/stillmic/dsp"
)

// TestBands compares the band map with libDF's for 48 kHz, 960 samples, 32 bands of two
// bins at least.
func TestBands(t *testing.T) {
	want := []int{
		2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 5, 5, 7,
		7, 8, 10, 12, 13, 15, 18, 20, 24, 28, 31, 37, 42, 50, 56, 67,
	}
	var got []int
	for b := range Bands {
		got = append(got, edges[b+1]-edges[b])
	}
	if !slices.Equal(got, want) || edges[Bands] != dsp.Bins {
		t.Errorf("widths %v, want %v", got, want)
	}
}

// TestSpeech is sure of loud frames with a high local SNR, also of a soft voice after a
// while, and not of what is left of noise.
func TestSpeech(t *testing.T) {
	frame := func(dB float64) []complex64 { // of so much power in all
		spec := make([]complex64, dsp.Bins)
		spec[20] = complex(float32(math.Pow(10, dB/20)), 0)
		return spec
	}
	var v voice
	v.reset()
	for _, c := range []struct {
		dB    float64
		snr   float32
		least float32
		most  float32
	}{
		{-100, -15, 0, 0.05}, {-20, -14, 0, 0.25}, {20, 10, 0.95, 1}, {40, 20, 0.98, 1}, {5, -14, 0, 0.25}, {25, 0, 0.85, 1},
	} {
		if v.next(frame(c.dB), c.snr); !(v.probability >= c.least && v.probability <= c.most) {
			t.Errorf("%v dB at an SNR of %v dB: %.3f, want %v to %v", c.dB, c.snr, v.probability, c.least, c.most)
		}
	}
	for range 2000 { // 20 s
		v.next(frame(-100), -15)
	}
	if v.next(frame(5), 10); v.probability < 0.9 {
		t.Errorf("a soft voice 20 s after a loud one: %.3f", v.probability)
	}
}
