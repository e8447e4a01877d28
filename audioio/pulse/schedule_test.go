package pulse

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// A snapshot is taken again 0.2, 0.6, 1.4 and 3 s after news, and after news that may be of
// another default device each 0.2 s for 3 s before that slows down.
func TestRefreshSchedule(t *testing.T) {
	const ms = time.Millisecond
	var often []time.Duration
	for at := refreshAgain; at <= refreshOften; at += refreshAgain {
		often = append(often, at)
	}
	for name, c := range map[string]struct {
		often bool
		want  []time.Duration
	}{
		"news":            {false, []time.Duration{200 * ms, 600 * ms, 1400 * ms, 3000 * ms}},
		"another default": {true, append(often, 3400*ms, 4200*ms, 5800*ms)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var s refreshSchedule
				if c.often {
					s.often()
				}
				s.news()
				begin := time.Now()
				var got []time.Duration
				for s.due != nil {
					<-s.due
					got = append(got, time.Since(begin))
					s.refreshed()
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("snapshots after %v, want %v", got, c.want)
				}
			})
		})
	}
}
