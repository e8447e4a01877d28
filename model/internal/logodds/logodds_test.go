package logodds

import (
	"math"
	"testing"
)

// TestPassed compares with probabilities, and holds that steps without news lead to even odds.
func TestPassed(t *testing.T) {
	for _, c := range []struct{ p, change, want float64 }{{0.9, 0.01, 0.892}, {0.2, 0.1, 0.26}, {0.5, 0.3, 0.5}} {
		if got := Passed(Of(c.p), c.change); math.Abs(got-Of(c.want)) > 1e-12 {
			t.Errorf("of %g, with a change of %g: %g, must be %g", c.p, c.change, got, Of(c.want))
		}
	}
	odds := 5.0
	for range 1000 {
		odds = Passed(odds, 0.01)
	}
	if math.Abs(odds) > 1e-6 {
		t.Errorf("after 1,000 steps: %g", odds)
	}
}
