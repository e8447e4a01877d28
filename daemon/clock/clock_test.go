package clock

import (
	"testing"
	"time"
)

// The clock goes on in steps far below a hop, at the pace of the system's, and costs no memory.
func TestClock(t *testing.T) {
	first := time.Now()
	began := Now()
	wall := time.Now()
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
	// Between two readings the process may stand still.
	before := time.Since(wall)
	took := Now() - began
	if after := time.Since(first); took < before-20*time.Millisecond || took > after+20*time.Millisecond {
		t.Errorf("%v to %v have passed, measured %v", before, after, took)
	}
	if n := testing.AllocsPerRun(100, func() { _ = Now() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
