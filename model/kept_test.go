package model

import (
	"math"
	"testing"

	"github.com/stillmic/stillmic/dsp"
)

// TestKept: of what is taken away nobody is sure, and no sound, not even one of infinite
// energy, confuses that for longer than it lasts.
func TestKept(t *testing.T) {
	hop := func(amplitude float32) float32 { return dsp.Hop * amplitude * amplitude }
	for _, c := range []struct {
		dB   float64
		want float32
	}{{0, 1}, {-9.9, 1}, {-14.1, 0}, {-40, 0}, {-11.5, 0.51}} {
		var k kept
		got := float32(0)
		for range 100 {
			got = k.of(hop(0.1), hop(0.1*float32(dsp.Gain(c.dB))))
		}
		if math.Abs(float64(got-c.want)) > 0.02 {
			t.Errorf("%.1f dB are left: %.2f, want %.2f", c.dB, got, c.want)
		}
	}
	var k kept
	if got := k.of(hop(0), hop(0)); got != 1 {
		t.Errorf("silence: %v", got)
	}
	k.of(hop(1e30), hop(0.1))
	for range 1000 {
		k.of(hop(0.1), hop(0.1))
	}
	if got := k.of(hop(0.1), hop(0.1)); got != 1 {
		t.Errorf("10 s after a sound beyond all bounds: %v", got)
	}
}
