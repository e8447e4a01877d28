//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/scripts/documents/figures"
)

// minute is what was found in one.
type minute struct {
	lag      float64 // ms, median; NaN if there was no quiet second
	usage    usage
	warm     bool // the daemon has run for long enough to count its memory
	ours     int  // blemishes that nothing excuses
	machines int  // blemishes where the machine stood still, or the microphone had them too
}

// report writes what is found and remembers it for the verdict.
type report struct {
	w      io.Writer
	list   []minute
	failed []string
	warmUp time.Duration
	before soundserver.Stalls // of the minute before: what is heard comes later
	keep   string             // folder for what was heard at a click, "" for none
	table  figures.Table      // what the verdict finds, for figures.json
}

// minutes looks every second and reports every minute, until ctx ends.
func (r *report) minutes(ctx context.Context, s *soak) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	var lags []float64
	clean := 0
	began := time.Now()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
		case <-t.C:
			s.count(ctx)
			at := time.Now().Add(-500 * time.Millisecond)
			if s.disturbed(at.Add(-time.Second), at.Add(500*time.Millisecond)) {
				break
			}
			clean++
			s.out.silence(time.Now())
			if ms, ok := s.lagAt(at); ok {
				lags = append(lags, ms)
			}
		}
		if over := ctx.Err() != nil; over || time.Since(began) >= time.Duration(len(r.list)+1)*time.Minute {
			if !over || n > 20 {
				r.line(s, lags, clean)
			}
			lags, clean = nil, 0
			if over {
				return
			}
		}
	}
}

// lagAt returns by how many ms the call was behind the microphone.
func (s *soak) lagAt(at time.Time) (float64, bool) {
	fromA, fromB, ok := s.in.phasesAt(at)
	a, b, heard := s.out.phasesAt(at)
	if !ok || !heard || real(a)*real(a)+imag(a)*imag(a) < 1e-3 || fromA == 0 {
		return 0, false
	}
	return 1000 * lag(fromA, fromB, a, b), true
}

// line reports a minute.
func (r *report) line(s *soak, lags []float64, clean int) {
	m := minute{lag: math.NaN()}
	lagText := "delay      -           "
	if len(lags) >= 5 {
		slices.Sort(lags)
		m.lag = lags[len(lags)/2]
		lagText = fmt.Sprintf("delay %5.2f ms (%.2f..%.2f)", m.lag, lags[0], lags[len(lags)-1])
	}
	stalls := s.stalls.Take()
	kinds := r.judge(s, &m, stalls)
	var err error
	if m.usage, err = s.daemon.usage(); err != nil && !s.disturbed(time.Now().Add(-time.Second), time.Now()) {
		s.fail("memory and files: %v", err)
	}
	s.mu.Lock()
	m.warm = err == nil && time.Since(s.restarts) > r.warmUp
	faults, slowest := 0, time.Duration(0)
	for _, times := range s.recovered {
		faults += len(times)
		slowest = max(slowest, slices.Max(times))
	}
	calls, failures := s.calls, len(s.failures)
	s.mu.Unlock()
	r.list = append(r.list, m)
	fmt.Fprintf(r.w, "%s minute %3d  %+4.0f ppm  %d faults (slowest %.2f s) %d calls %d failed | %s | clicks %d gaps %d late "+
		"%d, the machine's %d | %5.2f MB resident (%5.2f own, %.2f live) %d goroutines %d files | stood still %d times, %.0f "+
		"ms at most | %d s judged\n",
		stamp(), len(r.list), s.mic.PPM(), faults, slowest.Seconds(), calls, failures, lagText, kinds[click], kinds[gap],
		kinds[late], m.machines,
		float64(m.usage.rssKB)/1024, float64(m.usage.ownKB)/1024, m.usage.liveMB, m.usage.goroutines, m.usage.fds,
		stalls.Count, float64(stalls.Worst.Microseconds())/1000, clean)
}

// judge counts the blemishes of a minute that nothing excuses, by kind.
func (r *report) judge(s *soak, m *minute, stalls soundserver.Stalls) (kinds [3]int) {
	own := s.in.take()
	for _, b := range s.out.take() {
		if s.disturbed(b.at.Add(-spacing), b.at.Add(spacing)) {
			continue
		}
		mics := slices.ContainsFunc(own, func(o blemish) bool { return b.at.Sub(o.at).Abs() < soundserver.Blame })
		if mics || stalls.Explain(b.at) || r.before.Explain(b.at) {
			m.machines++
			continue
		}
		r.explain(s, b)
		kinds[b.kind]++
		m.ours++
	}
	r.before = stalls
	return kinds
}
