package voicebands

import (
	"math"
	"testing"
)

// TestLevelOutlivesFaults: what is no sound leaves it, and what is too loud for a voice is soon forgotten.
func TestLevelOutlivesFaults(t *testing.T) {
	const left = 0.99
	for _, fault := range []float64{1e12, 1e38, math.Inf(1), math.NaN()} {
		level := Level(1000)
		level.Follow(float32(fault), left)
		if level != 1000*left {
			t.Errorf("after %g it is %g, must be %g", fault, level, 1000*left)
		}
	}
	level := Level(1000)
	level.Follow(absurd, left)
	if level != fullScale {
		t.Errorf("after 20 dB too much it is %g, must be %v", level, fullScale)
	}
}
