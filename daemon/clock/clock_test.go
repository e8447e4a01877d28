package clock

import (
	"testing"
	"time"
)

// The clock goes on in steps far below a hop, at the pace of the system's, and costs no memory.
func TestClock(t *testing.T) {
	began, wall := Now(), time.Now()
	step := time.Second
	for before := began; time.Since(wall) < 200*time.Millisecond; {
		now := Now()
		if now < before {
			t.Fatalf("from %v back to %v", before, now)
		}
		if now > before {
			step = min(step, now-before)
		}
		before = now
	}
	if step > 10*time.Microsecond {
		t.Errorf("goes on in steps of %v", step)
	}
	if took, want := Now()-began, time.Since(wall); (took - want).Abs() > 20*time.Millisecond {
		t.Errorf("%v have passed, measured %v", want, took)
	}
	if n := testing.AllocsPerRun(100, func() { _ = Now() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
