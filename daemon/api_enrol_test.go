package daemon

import (
	"testing"

	"github.com/stillmic/stillmic/daemon/monitor"
)

// TestMutedIsNotEnrolled: hops are watched later than they were captured, so what comes right after the
// microphone was switched on is of the time before, and is not heard. Nor is what comes first.
func TestMutedIsNotEnrolled(t *testing.T) {
	m := mutedUntil{lateHops}
	old := func(what string) {
		t.Helper()
		n := 0
		for ; n < 10*lateHops && m.before(false); n++ {
		}
		if n < monitor.MostLate || n > 2*monitor.MostLate {
			t.Errorf("%s, %d hops are left out", what, n)
		}
		if m.before(false) {
			t.Errorf("%s, a hop is left out later", what)
		}
	}
	old("at the beginning")
	if m.before(true) {
		t.Error("who is muted is not told")
	}
	old("after mute")
}
