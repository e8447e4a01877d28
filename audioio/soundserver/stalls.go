package soundserver

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"
)

// Blame is how long after a stall what went wrong is put down to it: the sound
// servers catch up, and what is heard is late by their buffers.
const Blame = 300 * time.Millisecond

// Stalls says how often the machine stood still. A virtual machine that shares
// its cores is stopped for 10 or 30 ms now and then, whatever the priority; no
// sound server plays through that, and a test must tell it from a fault.
type Stalls struct {
	Limit time.Duration // a stall is a wake-up later than this
	Count int
	Worst time.Duration
	ends  []time.Time
}

// String describes the stalls for a log.
func (s Stalls) String() string {
	return fmt.Sprintf("%d stalls over %v, worst %v", s.Count, s.Limit, s.Worst.Round(100*time.Microsecond))
}

// Explain reports whether what was heard at a time followed upon a stall.
func (s Stalls) Explain(at time.Time) bool {
	for _, end := range s.ends {
		if since := at.Sub(end); since > -Blame/10 && since < Blame {
			return true
		}
	}
	return false
}

// StallWatch looks for stalls until it is stopped.
type StallWatch struct {
	stop     chan struct{}
	watchers sync.WaitGroup

	mu    sync.Mutex // guards what follows
	seen  Stalls
	still []time.Duration // by processor, since the watch began
}

// WatchStalls starts to look for stalls longer than limit, on each processor,
// since one may stand still while the others run. 5 ms is the period of a sound
// server that serves 10 ms fragments.
func WatchStalls(limit time.Duration) *StallWatch {
	pins := processors()
	w := &StallWatch{stop: make(chan struct{}), seen: Stalls{Limit: limit}, still: make([]time.Duration, len(pins))}
	for i, pin := range pins {
		w.watchers.Go(func() { w.watch(pin, limit, &w.still[i]) })
	}
	return w
}

// watch looks at one processor, to which pin moves the thread. The thread ends
// with the goroutine, which never unlocks it.
func (w *StallWatch) watch(pin func() error, limit time.Duration, still *time.Duration) {
	runtime.LockOSThread()
	if pin() != nil {
		return // the processor was taken away
	}
	const period = time.Millisecond
	for {
		select {
		case <-w.stop:
			return
		default:
		}
		begin := time.Now()
		nap(period)
		if late := time.Since(begin) - period; late > limit {
			w.mu.Lock()
			w.seen.Count++
			w.seen.Worst = max(w.seen.Worst, late)
			*still += late
			w.seen.ends = append(w.seen.ends, time.Now())
			w.mu.Unlock()
		}
	}
}

// Take returns what was seen since it was called last.
func (w *StallWatch) Take() Stalls {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.seen
	w.seen = Stalls{Limit: s.Limit}
	return s
}

// StoodStill returns for how long the machine has stood still since the watch began: the
// processor that did most.
func (w *StallWatch) StoodStill() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Max(w.still)
}

// Stop ends the watch and returns what was seen since the last Take.
func (w *StallWatch) Stop() Stalls {
	close(w.stop)
	w.watchers.Wait()
	return w.Take()
}
