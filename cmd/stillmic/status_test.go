package main

import (
	"strings"
	"testing"

	"github.com/stillmic/stillmic/daemon/control"
)

// The state comes first, which scripts look for, and what callers hear, or why they hear nothing,
// whatever else is so.
func TestStatusSaysWhatCallersHear(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*control.Status)
		want   string
	}{
		"in a call": {func(s *control.Status) { s.Listeners = 2 }, "running: removing noise, used by 2 apps"},
		"in one call": {func(s *control.Status) { s.Listeners, s.Apps = 1, []string{"Zoom\x1b[2J"} },
			`running: removing noise, used by Zoom\x1b[2J`},
		"muted":       {func(s *control.Status) { s.Mute, s.Silent = true, true }, "running: muted: callers hear silence"},
		"muted, idle": {func(s *control.Status) { s.Mute, s.Silent, s.State = true, true, control.Suspended }, "suspended: muted: callers hear silence"},
		"talk button": {func(s *control.Status) { s.Silent, s.Talk.Mode = true, control.PushToTalk }, "running: muted by the talk button: callers hear silence"},
		"bypassed":    {func(s *control.Status) { s.Bypass = true }, "running: noise removal is off: callers hear your room"},
		"muted and bypassed": {func(s *control.Status) { s.Mute, s.Silent, s.Bypass = true, true, true },
			"running: muted: callers hear silence"},
		"muted by a mixer": {func(s *control.Status) { s.SourceMuted, s.Bypass = true, true },
			"running: muted in the system's sound settings: callers hear silence"},
		"off":     {func(s *control.Status) { s.StrengthDB = 0 }, "running: strength is off: callers hear your room"},
		"idle":    {func(s *control.Status) { s.State = control.Suspended }, "suspended: your microphone is off until an app uses it"},
		"waiting": {func(s *control.Status) { s.State, s.Reason = control.WaitingForDevice, "gone" }, "waiting for device: gone"},
		"a problem while muted": {func(s *control.Status) {
			s.State, s.Reason, s.Mute, s.Silent = control.Degraded, "noise removal failed: callers hear your room", true, true
		}, "degraded: muted: callers hear silence"},
		"a problem": {func(s *control.Status) { s.State, s.Reason = control.Degraded, "too slow" }, "degraded: too slow"},
	} {
		s := control.Status{State: control.Running, Strength: "strong", StrengthDB: 60, Preset: "call", Talk: control.Talk{Mode: control.TalkOff}}
		c.change(&s)
		var text strings.Builder
		printStatus(&text, s)
		if first, _, _ := strings.Cut(text.String(), "\n"); first != "state       "+c.want {
			t.Errorf("%s: %q, want %q", name, first, c.want)
		}
		if !strings.Contains(text.String(), "preset      call\n") {
			t.Errorf("%s: no preset in\n%s", name, text.String())
		}
	}
}
