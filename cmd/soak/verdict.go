//go:build linux

package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/stillmic/stillmic/audioio/soundserver"
)

const (
	// growthMark and driftMark are what a run may show at most.
	growthMark = 1.0 // MB
	driftMark  = 5.0 // ms
	// pipeWirePeriod is by how much the delay may differ after a restart, by where streams and
	// the loop between them come to lie in a period of 256 frames at 48 kHz.
	pipeWirePeriod = 256.0 / 48 // ms
	// recoveryMark is how soon audio is to be back, beside the time that the machine
	// itself stood still.
	recoveryMark = time.Second
	// warmLeast is how many minutes after the warm-up tell anything about growth.
	warmLeast = 6
)

// verdict says what the run has shown, and whether it is as it should be.
func (r *report) verdict(s *soak, took time.Duration, seed uint64) (good bool) {
	bad := slices.Concat(s.failures, r.failed)
	r.note("length, minutes", fmt.Sprintf("%.0f", took.Minutes()), "")
	fmt.Fprintf(r.w, "\n%s, %v, seed %d\n", s.server.Kind, took.Round(time.Second), seed)
	faults, slowest := 0, time.Duration(0)
	for _, name := range slices.Sorted(maps.Keys(s.recovered)) {
		times := s.recovered[name]
		slices.Sort(times)
		fmt.Fprintf(r.w, "  %-50s %3d times, audio back after %5.2f s (median), %5.2f s (slowest)\n", name, len(times),
			times[len(times)/2].Seconds(), times[len(times)-1].Seconds())
		faults += len(times)
		slowest = max(slowest, times[len(times)-1])
	}
	r.note("kinds of faults", strconv.Itoa(len(s.recovered)), "")
	r.note("faults", strconv.Itoa(faults), "")
	r.note("API calls", strconv.Itoa(s.calls), "")
	r.note("failures", strconv.Itoa(len(bad)), "0")
	r.note("audio back after, slowest, s", fmt.Sprintf("%.2f", slowest.Seconds()), "1")
	ours, machines := 0, 0
	for _, m := range r.list {
		ours += m.ours
		machines += m.machines
	}
	fmt.Fprintf(r.w, "  %d faults; %d calls\n", faults, s.calls)
	if faults == 0 {
		bad = append(bad, "no fault was tried; let it run longer")
	}
	fmt.Fprintf(r.w, "  clicks, gaps and late packets: %d, and %d where the machine stood still or the microphone had them too\n",
		ours, machines)
	r.note("clicks, gaps, late packets", strconv.Itoa(ours), "0")
	r.note("the same where the machine stood still, or in the microphone too", strconv.Itoa(machines), "")
	r.growth(&bad)
	r.drift(s.server.Kind, &bad)
	r.note("left behind at the end", strconv.Itoa(len(s.leftovers)), "0")
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
	var own, kept, live, resident, goroutines, files []float64
	for _, m := range r.list {
		if m.warm {
			own = append(own, float64(m.usage.ownKB)/1024)
			kept = append(kept, m.usage.keptMB)
			live = append(live, m.usage.liveMB)
			resident = append(resident, float64(m.usage.rssKB)/1024)
			goroutines = append(goroutines, float64(m.usage.goroutines))
			files = append(files, float64(m.usage.fds))
		}
	}
	if len(own) < warmLeast {
		*bad = append(*bad, fmt.Sprintf("too short a run to see memory grow: %d warm minutes, %d are needed", len(own),
			warmLeast))
		return
	}
	third := len(own) / 3
	change := func(x []float64) (from, to float64) { return median(x[:third]), median(x[len(x)-third:]) }
	tell := func(what, unit, mark string, x []float64) float64 {
		from, to := change(x)
		r.note(what+", last third less the first"+strings.Replace(unit, " ", ", ", 1), fmt.Sprintf("%.2f", to-from), mark)
		fmt.Fprintf(r.w, "  %s: median of the first %d warm minutes %.2f%s, of the last %.2f%s: %+.2f%s\n", what, third, from,
			unit, to, unit, to-from, unit)
		return to - from
	}
	tell("resident memory", " MB", "", resident)
	tell("live on the heap", " MB", "", live)
	tell("own memory (not backed by a file)", " MB", "", own)
	if grown := tell("own memory, the heap as after a collection", " MB", "1", kept); grown >= growthMark {
		*bad = append(*bad, fmt.Sprintf("memory has grown by %.2f MB", grown))
	}
	if grown := tell("goroutines", "", "2", goroutines); grown >= 2 {
		*bad = append(*bad, fmt.Sprintf("%.0f goroutines more", grown))
	}
	if grown := tell("open files", "", "2", files); grown >= 2 {
		*bad = append(*bad, fmt.Sprintf("%.0f open files more", grown))
	}
}

// drift compares the delay of every minute with what is usual in the first third: it must not get longer.
func (r *report) drift(kind soundserver.Kind, bad *[]string) {
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
	base, mark := median(lags[:(len(lags)+2)/3]), driftMark
	if kind == soundserver.PipeWire {
		mark += pipeWirePeriod
	}
	least, most := slices.Min(lags), slices.Max(lags)
	fmt.Fprintf(r.w, "  delay: %.2f ms in the first third, %.2f in the last minute; medians of a minute %.2f to %.2f ms\n", base,
		lags[len(lags)-1], least, most)
	r.note("delay, lowest median of a minute, ms", fmt.Sprintf("%.1f", least), "")
	r.note("delay, median of the first third, ms", fmt.Sprintf("%.1f", base), "")
	r.note("delay, highest median of a minute, ms", fmt.Sprintf("%.1f", most), fmt.Sprintf("%.1f above that", mark))
	if off := most - base; off >= mark {
		*bad = append(*bad, fmt.Sprintf("the delay was %.2f ms above its base", off))
	}
}

func median(x []float64) float64 {
	s := slices.Sorted(slices.Values(x))
	return s[len(s)/2]
}
