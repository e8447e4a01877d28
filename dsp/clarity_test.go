package dsp

import (
	"math"
	"testing"
)

// response is the gain at hz in dB.
func response(hz float64, f func([]float32)) float64 {
	x := sine(hz/SampleRate, SampleRate)
	y := append([]float32(nil), x...)
	f(y)
	return levelDB(y[SampleRate/2:]) - levelDB(x[SampleRate/2:])
}

func TestClarityShape(t *testing.T) {
	for _, c := range []struct {
		strong bool
		hz, dB float64
	}{
		{false, 60, 0}, {false, 250, -1}, {false, 1000, 0}, {false, 3500, 1}, {false, 10_000, 2},
		{true, 60, 0}, {true, 250, -2}, {true, 1000, 0}, {true, 3500, 2}, {true, 10_000, 4},
	} {
		got := response(c.hz, NewClarity(c.strong).Process)
		if math.Abs(got-c.dB) > 0.3 {
			t.Errorf("strong %v, %.0f Hz: %+.2f dB, want %+.0f", c.strong, c.hz, got, c.dB)
		}
	}
}

func TestNotch(t *testing.T) {
	n := Notch(100, 3)
	if d := response(100, n.Process); d > -45 {
		t.Errorf("%.1f dB in the middle", d)
	}
	for _, hz := range []float64{98.5, 101.5} {
		n.Reset()
		if d := response(hz, n.Process); math.Abs(d+3) > 0.1 {
			t.Errorf("%.2f dB at %v Hz", d, hz)
		}
	}
}
