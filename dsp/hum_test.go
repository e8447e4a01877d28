package dsp

import (
	"math"
	"testing"
)

// mains returns hum of hz with its first 8 harmonics, the first at amplitude.
func mains(n int, hz, amplitude float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		for h := 1; h <= 8; h++ {
			x[i] += float32(amplitude / float64(h) * math.Sin(2*math.Pi*math.Mod(hz*float64(h)*float64(i)/SampleRate, 1)+float64(h)))
		}
	}
	return x
}

// TestHumIsFoundAndRemoved: beside a voice and alone, at the frequencies mains
// really have.
func TestHumIsFoundAndRemoved(t *testing.T) {
	x, _ := sentence(14, 120, 5)
	for strong, several := range map[bool][]float64{false: {49.95}, true: {60.03}} {
		for _, hz := range several {
			hum := mains(len(x), hz, 0.02)
			in := make([]float32, len(x))
			for i := range in {
				in[i] = x[i] + hum[i]
			}
			h := NewHum(strong)
			y := processed(in, nil, 0, func(p []float32, _ float32) { h.Process(p) })
			// The pause before the last second of each two.
			quiet := func(i int) bool {
				s := math.Mod(float64(i)/SampleRate, 2)
				return i > 8*SampleRate && s > 1.8
			}
			less := levelDB(only(in, quiet)) - levelDB(only(y, quiet))
			most := map[bool]float64{false: 12, true: 15}[strong]
			t.Logf("%v Hz, strong %v: %d tones at %.3f Hz, %.1f dB less, voice %.1f dB (was %.1f)", hz, strong,
				h.active, h.Base(), less, sdr(x[8*SampleRate:], y[8*SampleRate:]), sdr(x, in))
			if less < most || math.Abs(h.Base()-hz) > 0.02 {
				t.Errorf("%v Hz, strong %v: found %.3f Hz, %.1f dB less, at least %v", hz, strong, h.Base(), less, most)
			}
			if got := sdr(x[8*SampleRate:], y[8*SampleRate:]); got < sdr(x, in)+3 {
				t.Errorf("%v Hz, strong %v: the voice lies at %.1f dB, %.1f before", hz, strong, got, sdr(x, in))
			}
		}
	}
}

// TestHumEnds: what is not there any more is not looked for in voices.
func TestHumEnds(t *testing.T) {
	h := NewHum(true)
	hum := mains(6*SampleRate, 50, 0.02)
	processed(hum, nil, 0, func(p []float32, _ float32) { h.Process(p) })
	if h.active < 6 {
		t.Fatalf("%d tones", h.active)
	}
	x, _ := sentence(12, 100, 6)
	y := processed(x, nil, 0, func(p []float32, _ float32) { h.Process(p) })
	if h.active != 0 || sdr(x[10*SampleRate:], y[10*SampleRate:]) < 40 {
		t.Errorf("%d tones are still taken away, %.1f dB", h.active, sdr(x[10*SampleRate:], y[10*SampleRate:]))
	}
}

// TestHumLeavesVoicesOfTheSamePitch: a voice around 100 Hz glides, the mains do
// not.
func TestHumLeavesVoicesOfTheSamePitch(t *testing.T) {
	for _, pitch := range []float64{100, 120} {
		x, _ := sentence(12, pitch, 7)
		h := NewHum(true)
		y := processed(x, nil, 0, func(p []float32, _ float32) { h.Process(p) })
		if got := sdr(x, y); got < 40 {
			t.Errorf("%v Hz: %d tones taken away, %.1f dB", pitch, h.active, got)
		}
	}
}
