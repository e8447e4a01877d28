//go:build linux

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio/soundserver"
)

// soaked returns a run of so many warm minutes without a blemish, and its report.
func soaked(minutes int) (*soak, *report, *strings.Builder) {
	var text strings.Builder
	r := &report{w: &text}
	for range minutes {
		r.list = append(r.list, minute{lag: 12, warm: true})
	}
	s := &soak{server: &soundserver.Server{Kind: soundserver.PulseAudio},
		recovered: map[string][]time.Duration{"server killed": {100 * time.Millisecond}}}
	return s, r, &text
}

// Only a run that was long enough, in which faults were tried and nothing failed, is good.
func TestVerdict(t *testing.T) {
	for name, c := range map[string]struct {
		minutes int
		change  func(*soak, *report)
		bad     string // "" for a good run
	}{
		"good":          {12, func(*soak, *report) {}, ""},
		"too short":     {warmLeast - 1, func(*soak, *report) {}, "too short"},
		"no fault":      {12, func(s *soak, _ *report) { clear(s.recovered) }, "no fault was tried"},
		"slow recovery": {12, func(s *soak, _ *report) { s.failures = []string{"audio only 1.20 s after"} }, "1.20 s"},
		"late":          {12, func(_ *soak, r *report) { r.list[7].lag += driftMark }, "above its base"},
		"sooner":        {12, func(_ *soak, r *report) { r.list[7].lag -= 2 * driftMark }, ""},
		"another phase": {12, onPipeWire(driftMark + 0.9*pipeWirePeriod), ""},
		"late there":    {12, onPipeWire(driftMark + pipeWirePeriod), "above its base"},
		"clicks":        {12, func(_ *soak, r *report) { r.list[7].ours = 1 }, "1 clicks"},
		"growth":        {12, func(_ *soak, r *report) { grow(r.list[8:]) }, "has grown"},
	} {
		t.Run(name, func(t *testing.T) {
			s, r, text := soaked(c.minutes)
			c.change(s, r)
			good := r.verdict(s, time.Hour, 1)
			if good != (c.bad == "") || !strings.Contains(text.String(), c.bad) {
				t.Errorf("good: %v, want %q in:\n%s", good, c.bad, text)
			}
		})
	}
}

// onPipeWire has a run on PipeWire be later for a minute.
func onPipeWire(by float64) func(*soak, *report) {
	return func(s *soak, r *report) {
		s.server.Kind = soundserver.PipeWire
		r.list[7].lag += by
	}
}

func grow(list []minute) {
	for i := range list {
		list[i].usage.keptMB += 2
	}
}
