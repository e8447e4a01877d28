//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/stillmic/stillmic/audioio/audiotest"
)

const (
	// growthMark and driftMark are what a run may show at most.
	growthMark = 1.0 // MB
	driftMark  = 5.0 // ms
	// recoveryMark is how soon audio is to be back.
	recoveryMark = time.Second
)

// minute is what was found in one.
type minute struct {
	lag      float64 // ms, median; NaN if there was no quiet second
	figures  figures
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
	before audiotest.Stalls // of the minute before: what is heard comes later
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
	if m.figures, err = s.daemon.figures(); err != nil && !s.disturbed(time.Now().Add(-time.Second), time.Now()) {
		s.fail("figures: %v", err)
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
	fmt.Fprintf(r.w, "%s minute %3d  %+4.0f ppm  %d faults (slowest %.2f s) %d calls %d failed | %s | clicks %d gaps %d late %d, the machine's %d | %5.2f MB resident (%5.2f own, %.2f live) %d goroutines %d files | stood still %d times, %.0f ms at most | %d s judged\n",
		stamp(), len(r.list), s.mic.PPM(), faults, slowest.Seconds(), calls, failures, lagText, kinds[click], kinds[gap], kinds[late], m.machines,
		float64(m.figures.rssKB)/1024, float64(m.figures.ownKB)/1024, m.figures.liveMB, m.figures.goroutines, m.figures.fds,
		stalls.Count, float64(stalls.Worst.Microseconds())/1000, clean)
}

// judge counts the blemishes of a minute that nothing excuses, by kind.
func (r *report) judge(s *soak, m *minute, stalls audiotest.Stalls) (kinds [3]int) {
	own := s.in.take()
	for _, b := range s.out.take() {
		if s.disturbed(b.at.Add(-spacing), b.at.Add(spacing)) {
			continue
		}
		mics := slices.ContainsFunc(own, func(o blemish) bool { return b.at.Sub(o.at).Abs() < audiotest.Blame })
		if mics || stalls.Explain(b.at) || r.before.Explain(b.at) {
			m.machines++
			continue
		}
		kinds[b.kind]++
		m.ours++
	}
	r.before = stalls
	return kinds
}

// moduleList lists the modules of a server by name and arguments.
func moduleList(s *audiotest.Server) ([]string, error) {
	list, err := s.Modules()
	if err != nil {
		return nil, err
	}
	names := make([]string, len(list))
	for i, m := range list {
		names[i] = m.Name + " " + m.Args
	}
	sort.Strings(names)
	return names, nil
}

// left looks for what the daemon has left behind, after its end.
func (r *report) left(s *soak, before []string) {
	after, err := moduleList(s.server)
	if err != nil {
		r.failed = append(r.failed, err.Error())
	} else if !slices.Equal(after, before) {
		r.failed = append(r.failed, fmt.Sprintf("modules were %q, are %q", before, after))
	}
	for _, l := range append(s.leftovers, s.left()...) {
		r.failed = append(r.failed, "left behind: "+l)
	}
}

// left lists modules, files and processes of a daemon that has ended.
func (s *soak) left() (found []string) {
	list, err := s.server.Modules()
	if err != nil {
		return []string{err.Error()}
	}
	for _, m := range list {
		if strings.Contains(m.Args, "stillmic.owner") {
			found = append(found, "module "+m.Name+" "+m.Args)
		}
	}
	files, err := filepath.Glob(filepath.Join(s.daemon.folder(), "*"))
	if err != nil {
		found = append(found, err.Error())
	}
	for _, f := range files {
		// The lock, whose removal could let two in, and what is remembered from
		// log-in to log-out stay on purpose.
		if base := filepath.Base(f); base != "control.lock" && base != "session.json" {
			found = append(found, f)
		}
	}
	return append(found, s.processes()...)
}

// processes lists what runs in the server's folder and is neither the server
// nor this program.
func (s *soak) processes() (found []string) {
	own := map[int]bool{os.Getpid(): true}
	for _, pid := range s.server.Pids() {
		own[pid] = true
	}
	list, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		return []string{err.Error()}
	}
	for _, path := range list {
		pid, err := strconv.Atoi(strings.Split(path, "/")[2])
		if err != nil || own[pid] {
			continue
		}
		text, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(text), "XDG_RUNTIME_DIR="+s.server.RuntimeDir) && !s.serversChild(pid, own) {
			name, _ := os.ReadFile(filepath.Dir(path) + "/comm")
			found = append(found, fmt.Sprintf("process %d %s", pid, strings.TrimSpace(string(name))))
		}
	}
	return found
}

// serversChild says whether a process was started by the server.
func (s *soak) serversChild(pid int, servers map[int]bool) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true // it has ended
	}
	rest := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	parent, err := strconv.Atoi(rest[1])
	return err == nil && servers[parent] && parent != os.Getpid()
}

// verdict says what the run has shown, and whether it is as it should be.
func (r *report) verdict(s *soak, took time.Duration, seed uint64) (good bool) {
	bad := slices.Concat(s.failures, r.failed)
	fmt.Fprintf(r.w, "\n%s, %v, seed %d\n", s.server.Kind, took.Round(time.Second), seed)
	names := make([]string, 0, len(s.recovered))
	for name := range s.recovered {
		names = append(names, name)
	}
	sort.Strings(names)
	faults, slow := 0, 0
	for _, name := range names {
		times := s.recovered[name]
		slices.Sort(times)
		fmt.Fprintf(r.w, "  %-50s %3d times, audio back after %5.2f s (median), %5.2f s (slowest)\n", name, len(times), times[len(times)/2].Seconds(), times[len(times)-1].Seconds())
		faults += len(times)
		for _, t := range times {
			if t > recoveryMark {
				slow++
			}
		}
	}
	ours, machines := 0, 0
	for _, m := range r.list {
		ours += m.ours
		machines += m.machines
	}
	fmt.Fprintf(r.w, "  %d faults, %d took longer than %v; %d calls\n", faults, slow, recoveryMark, s.calls)
	fmt.Fprintf(r.w, "  clicks, gaps and late packets: %d, and %d where the machine stood still or the microphone had them too\n", ours, machines)
	r.growth(&bad)
	r.drift(&bad)
	if ours > 0 {
		bad = append(bad, fmt.Sprintf("%d clicks, gaps or late packets", ours))
	}
	for _, b := range bad {
		fmt.Fprintln(r.w, "  BAD:", b)
	}
	if len(bad) > 0 {
		fmt.Fprintf(r.w, "verdict: %d things are wrong\n", len(bad))
		return false
	}
	fmt.Fprintln(r.w, "verdict: good")
	return true
}

// growth compares the first third of the warm minutes with the last one.
func (r *report) growth(bad *[]string) {
	var own, live, resident, goroutines, files []float64
	for _, m := range r.list {
		if m.warm {
			own = append(own, float64(m.figures.ownKB)/1024)
			live = append(live, m.figures.liveMB)
			resident = append(resident, float64(m.figures.rssKB)/1024)
			goroutines = append(goroutines, float64(m.figures.goroutines))
			files = append(files, float64(m.figures.fds))
		}
	}
	if len(own) < 6 {
		fmt.Fprintln(r.w, "  memory: too short a run to see it grow")
		return
	}
	third := len(own) / 3
	change := func(x []float64) (from, to float64) { return median(x[:third]), median(x[len(x)-third:]) }
	tell := func(what, unit string, x []float64) float64 {
		from, to := change(x)
		fmt.Fprintf(r.w, "  %s: median of the first %d warm minutes %.2f%s, of the last %.2f%s: %+.2f%s\n", what, third, from, unit, to, unit, to-from, unit)
		return to - from
	}
	tell("resident memory", " MB", resident)
	tell("live on the heap", " MB", live)
	if grown := tell("of that its own (not backed by a file)", " MB", own); grown >= growthMark {
		*bad = append(*bad, fmt.Sprintf("memory has grown by %.2f MB", grown))
	}
	if grown := tell("goroutines", "", goroutines); grown >= 2 {
		*bad = append(*bad, fmt.Sprintf("%.0f goroutines more", grown))
	}
	if grown := tell("open files", "", files); grown >= 2 {
		*bad = append(*bad, fmt.Sprintf("%.0f open files more", grown))
	}
}

// drift compares the delay of every minute with that of the first.
func (r *report) drift(bad *[]string) {
	var lags []float64
	for _, m := range r.list {
		if !math.IsNaN(m.lag) {
			lags = append(lags, m.lag)
		}
	}
	if len(lags) == 0 {
		*bad = append(*bad, "the delay was never to be measured")
		return
	}
	base := lags[0]
	least, most := slices.Min(lags), slices.Max(lags)
	fmt.Fprintf(r.w, "  delay: %.2f ms in the first minute, %.2f in the last; medians of a minute %.2f to %.2f ms\n", base, lags[len(lags)-1], least, most)
	if off := max(most-base, base-least); off >= driftMark {
		*bad = append(*bad, fmt.Sprintf("the delay was %.2f ms off its base", off))
	}
}

func median(x []float64) float64 {
	s := slices.Sorted(slices.Values(x))
	return s[len(s)/2]
}
