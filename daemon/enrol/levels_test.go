package enrol

import (
	"math"
	"testing"
)

// TestOneFaultIsForgotten: a hop that is no sound does not change how loud a voice and its pauses are.
func TestOneFaultIsForgotten(t *testing.T) {
	for _, fault := range []float64{math.NaN(), math.Inf(1), 1e12} {
		var l levels
		for range 3 {
			for range 100 {
				l.add(1e-3, 1)
			}
			l.add(fault, 1)
			for range 100 {
				l.add(1e-6, 0)
			}
			l.add(fault, 0)
		}
		if dB, known := l.overNoise(); !known || !(math.Abs(dB-30) < 0.01) {
			t.Errorf("after %g the voice is %g dB over its pauses (known: %v), want 30", fault, dB, known)
		}
	}
}
