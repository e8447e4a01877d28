package main

import (
	"math"
	"testing"

	"github.com/stillmic/stillmic/daemon/clean"
	"github.com/stillmic/stillmic/daemon/measure"
)

// TestSummary: what is known is said, in 80 columns.
func TestSummary(t *testing.T) {
	change := func(before, after float64) clean.Change {
		return clean.Change{Before: measure.Decibels(before), After: measure.Decibels(after)}
	}
	unknown := change(math.NaN(), math.NaN())
	for _, c := range []struct {
		noise, loudness clean.Change
		done            cleanDone
		want            string
	}{
		{change(-41.24, -81.04), change(-23.4, -16), cleanDone{"strong", "podcast"}, "  noise -41.2 -> -81.0 dBFS, loudness -23.4 -> -16.0 LUFS; preset podcast"},
		{change(-41.24, -130), change(-23.4, math.Inf(-1)), cleanDone{"max", ""}, "  noise -41.2 dBFS -> silence; strength max"},
		{change(-120, -130), unknown, cleanDone{"max", ""}, "  no noise before; strength max"},
		{unknown, unknown, cleanDone{"12", ""}, "  strength 12"},
		{change(-95.5, -95.5), change(-69.5, -69.5), cleanDone{"strong", "transcribe"}, "  noise -95.5 -> -95.5 dBFS, loudness -69.5 -> -69.5 LUFS; preset transcribe"},
	} {
		got := summary(clean.Result{Noise: c.noise, LUFS: c.loudness}, c.done)
		if got != c.want || len(got) > 80 {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
