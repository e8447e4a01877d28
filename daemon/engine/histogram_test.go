package engine

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Every quantile is within a bucket's width of the exact one.
func TestHistogramQuantiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		us := rapid.SliceOfN(rapid.IntRange(1, 5_000_000), 1, 300).Draw(t, "us")
		var h Histogram
		for _, v := range us {
			h.Add(time.Duration(v) * time.Microsecond)
		}
		slices.Sort(us)
		q := h.Quantiles()
		for name, pair := range map[string][2]float64{
			"p50": {q.P50, exact(us, 0.5)}, "p90": {q.P90, exact(us, 0.9)}, "p99": {q.P99, exact(us, 0.99)},
		} {
			if math.Abs(pair[0]-pair[1]) > 1+pair[1]/histogramSteps {
				t.Fatalf("%s is %.1f, exactly %.1f, of %v", name, pair[0], pair[1], us)
			}
		}
		if q.Max != float64(us[len(us)-1]) {
			t.Fatalf("max is %v, not %d", q.Max, us[len(us)-1])
		}
	})
}

func exact(sorted []int, share float64) float64 {
	return float64(sorted[min(int(share*float64(len(sorted))), len(sorted)-1)])
}

func TestHistogramEnds(t *testing.T) {
	var h Histogram
	if q := h.Quantiles(); q != (Quantiles{}) {
		t.Errorf("empty: %+v", q)
	}
	h.Add(-time.Second)
	h.Add(0)
	h.Add(time.Hour)
	if q := h.Quantiles(); q.Max != 3.6e9 || q.P50 > 2 {
		t.Errorf("the ends: %+v", q)
	}
}
