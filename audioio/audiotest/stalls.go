package audiotest

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

// Stalls says how often the machine stood still. A virtual machine that shares
// its cores is stopped for 10 or 30 ms now and then, whatever the priority; no
// sound server plays through that, and a test must tell it from a fault.
type Stalls struct {
	Limit time.Duration // a stall is a wake-up later than this
	Count int
	Worst time.Duration
}

// String describes the stalls for a log.
func (s Stalls) String() string {
	return fmt.Sprintf("%d stalls over %v, worst %v", s.Count, s.Limit, s.Worst.Round(100*time.Microsecond))
}

// StallWatch looks for stalls while a test runs.
type StallWatch struct {
	stop atomic.Bool
	done chan Stalls
}

// WatchStalls starts to look for stalls longer than limit. 5 ms is the period
// of a sound server that serves 10 ms fragments.
func WatchStalls(limit time.Duration) *StallWatch {
	w := &StallWatch{done: make(chan Stalls, 1)}
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		s := Stalls{Limit: limit}
		const period = time.Millisecond
		for !w.stop.Load() {
			begin := time.Now()
			time.Sleep(period)
			if late := time.Since(begin) - period; late > limit {
				s.Count++
				s.Worst = max(s.Worst, late)
			}
		}
		w.done <- s
	}()
	return w
}

// Stop ends the watch and returns what it saw.
func (w *StallWatch) Stop() Stalls {
	w.stop.Store(true)
	return <-w.done
}
