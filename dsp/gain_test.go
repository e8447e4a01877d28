package dsp

import (
	"math"
	"slices"
	"testing"
)

func TestDecibels(t *testing.T) {
	for _, dB := range []float64{-120, -6, 0, 0.5, 40} {
		if got := DB(Gain(dB)); math.Abs(got-dB) > 1e-9 {
			t.Errorf("%v dB came back as %v", dB, got)
		}
		if got := PowerDB(Gain(dB) * Gain(dB)); math.Abs(got-dB) > 1e-9 {
			t.Errorf("%v dB came back as %v from its power", dB, got)
		}
	}
	if Gain(math.Inf(-1)) != 0 || !math.IsInf(DB(0), -1) {
		t.Error("silence is not -Inf dB")
	}
}

func TestRamp(t *testing.T) {
	var r Ramp
	r.Jump(1)
	x := noise(6, Hop)
	y := slices.Clone(x)
	r.Apply(y)
	if !slices.Equal(x, y) {
		t.Error("a gain of 1 changed samples")
	}
	r.Set(0.25)
	ones := slices.Repeat([]float32{1}, Hop)
	r.Apply(ones)
	// The largest step is the slope: no click anywhere, the seams included.
	last := float32(1)
	for i, g := range ones {
		if d := last - g; math.Abs(float64(d)-0.75/Hop) > 1e-6 {
			t.Fatalf("step %v at sample %d", d, i)
		}
		last = g
	}
	if last != 0.25 || r.Value() != 0.25 {
		t.Errorf("ramp ended at %v and stands at %v", last, r.Value())
	}
	ones = []float32{1}
	r.Apply(ones)
	if ones[0] != 0.25 {
		t.Errorf("standing gain gave %v", ones[0])
	}
	r.Jump(2)
	r.Apply(ones)
	if ones[0] != 0.5 {
		t.Errorf("after a jump to 2: %v", ones[0])
	}
	r.Apply(nil)
}
