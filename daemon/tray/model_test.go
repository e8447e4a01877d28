package tray

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/farend"
	"github.com/stillmic/stillmic/daemon/focus"
	"github.com/stillmic/stillmic/daemon/messages"
	"github.com/stillmic/stillmic/daemon/tray/icon"
)

var began = time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)

// english returns the texts in it.
func english() messages.Catalog {
	c, err := messages.Load("en")
	if err != nil {
		panic(err)
	}
	return c
}

// after is a time since the icon was started.
func after(d time.Duration) time.Time { return began.Add(d) }

func running(change func(*control.Status)) control.Status {
	s := control.Status{State: control.Running, Sink: "stillmic", SourceDescription: "USB Mic", Strength: "strong", StrengthDB: 60}
	if change != nil {
		change(&s)
	}
	return s
}

// Each state of the daemon has its icon and says so.
func TestLook(t *testing.T) {
	for what, c := range map[string]struct {
		change func(*control.Status)
		icon   icon.State
		text   string
	}{
		"cleaning":             {nil, icon.Active, "Removing noise"},
		"in a call":            {func(s *control.Status) { s.Apps = []string{"Zoom", "OBS"} }, icon.Active, "Removing noise for Zoom, OBS"},
		"past us":              {func(s *control.Status) { s.RawApps = []string{"Zoom"} }, icon.Bypassed, "Microphone used directly by Zoom"},
		"nobody listens":       {func(s *control.Status) { s.State = control.Suspended }, icon.Active, "no app"},
		"bypass":               {func(s *control.Status) { s.Bypass = true }, icon.Bypassed, "callers hear your room"},
		"strength off":         {func(s *control.Status) { s.StrengthDB = 0 }, icon.Bypassed, "Off"},
		"mute":                 {func(s *control.Status) { s.Mute, s.Silent = true, true }, icon.Muted, "Muted"},
		"talk button":          {func(s *control.Status) { s.Silent = true }, icon.Muted, "Muted"},
		"muted wins":           {func(s *control.Status) { s.Silent, s.Bypass = true, true }, icon.Muted, "Muted"},
		"mixer mutes":          {func(s *control.Status) { s.SinkMuted = true }, icon.Muted, "sound settings"},
		"no microphone":        {func(s *control.Status) { s.State, s.Bypass = control.WaitingForDevice, true }, icon.Waiting, "microphone"},
		"no server":            {func(s *control.Status) { s.State = control.WaitingForServer }, icon.Waiting, "computer's sound"},
		"settings file":        {func(s *control.Status) { s.ConfigProblem = "stillmic.toml:2: x" }, icon.Error, "settings file has a mistake"},
		"muted, and a mistake": {func(s *control.Status) { s.Silent, s.ConfigProblem = true, "stillmic.toml:2: x" }, icon.Muted, "Muted"},
		"muted in trouble": {func(s *control.Status) {
			s.Silent, s.State, s.Reason = true, control.Degraded, "noise removal failed: callers hear your room"
		}, icon.Muted, "Muted"},
		"trouble": {func(s *control.Status) { s.State, s.Reason = control.Degraded, "too slow" }, icon.Error, "Too slow"},
	} {
		m := newModel(english(), began)
		m.update(running(c.change), after(0))
		if v := m.view(after(time.Second)); v.icon != c.icon || !strings.Contains(v.text, c.text) || !v.connected {
			t.Errorf("%s: %s, %q", what, v.icon, v.text)
		}
	}
}

// A daemon that is late at log-in is no fault, one that stays away is; a hung
// one is not shown as if all were well.
func TestDaemonAbsentAndSlow(t *testing.T) {
	m := newModel(english(), began)
	look := func(at time.Duration, want icon.State) {
		t.Helper()
		if got, text := m.headline(after(at)); got != want {
			t.Errorf("after %v: %s, %q, want %s", at, got, text, want)
		}
	}
	m.disconnected(after(time.Second))
	look(2*time.Second, icon.Waiting)
	look(5*time.Second, icon.Error)
	if v := m.view(after(5 * time.Second)); v.connected {
		t.Errorf("absent: %+v", v)
	}
	m.update(running(nil), after(6*time.Second))
	look(7*time.Second, icon.Active)
	look(20*time.Second, icon.Error) // it has said nothing since
	m.disconnected(after(21 * time.Second))
	look(22*time.Second, icon.Waiting) // a restart
	m.update(running(nil), after(23*time.Second))
	look(24*time.Second, icon.Active)
}

// A person is called for what lasts, once for each thing, and not for what
// mends itself in a moment.
func TestCall(t *testing.T) {
	m := newModel(english(), began)
	m.update(running(func(s *control.Status) { s.State = control.WaitingForDevice }), after(0))
	title := func(at time.Duration) string {
		m.seen = after(at) // it keeps reporting
		if n := m.alert(after(at)); n != nil {
			return n.title
		}
		return ""
	}
	for _, c := range []struct {
		at   time.Duration
		want string
	}{{time.Second, ""}, {10 * time.Second, ""}, {17 * time.Second, "No microphone found"}, {30 * time.Second, "No microphone found"}} {
		if got := title(c.at); got != c.want {
			t.Errorf("after %v: %q, want %q", c.at, got, c.want)
		}
	}
	m.update(running(nil), after(31*time.Second))
	if got := title(32 * time.Second); got != "" {
		t.Errorf("all is well: %q", got)
	}
	m.update(running(func(s *control.Status) { s.State, s.Reason = control.Degraded, "the suppressor failed" }), after(33*time.Second))
	if a, b := title(34*time.Second), title(40*time.Second); a != "" || b != "The suppressor failed" {
		t.Errorf("trouble: %q at first, %q later", a, b)
	}
}

// The menu lists what can be cleaned and ticks what is chosen, also when that
// is not there.
func TestMicrophones(t *testing.T) {
	m := newModel(english(), began)
	m.devices = []control.Device{
		{Name: "usb", Description: "USB Mic"}, {Name: "out.monitor", Description: "Monitor", Monitor: true},
		{Name: "stillmic", Description: "Stillmic Microphone"}, {Name: "long", Description: strings.Repeat("x", 99)},
	}
	for device, want := range map[string][]choice{
		"":     {{"", "System default", true}, {"usb", "USB Mic", false}, {"long", shorten(strings.Repeat("x", 99)), false}},
		"usb":  {{"", "System default", false}, {"usb", "USB Mic", true}, {"long", shorten(strings.Repeat("x", 99)), false}},
		"gone": {{"", "System default", false}, {"usb", "USB Mic", false}, {"long", shorten(strings.Repeat("x", 99)), false}, {"gone", "gone (unplugged)", true}},
	} {
		m.update(running(func(s *control.Status) { s.Device = device }), began)
		v := m.view(began)
		if !slices.Equal(v.microphones, want) {
			t.Errorf("%q: %+v, want %+v", device, v.microphones, want)
		}
	}
	if n := len([]rune(shorten(strings.Repeat("é", 99)))); n != 40 {
		t.Errorf("shortened to %d", n)
	}
}

// The menu lists what the others can be heard on while their noise is removed.
func TestOutputs(t *testing.T) {
	m := newModel(english(), began)
	m.playable = []control.Output{{Name: "usb", Description: "USB Headset"}, {Name: "hdmi"}}
	for device, want := range map[string][]choice{
		"":     {{"", "System default", true}, {"usb", "USB Headset", false}, {"hdmi", "hdmi", false}},
		"hdmi": {{"", "System default", false}, {"usb", "USB Headset", false}, {"hdmi", "hdmi", true}},
		"gone": {{"", "System default", false}, {"usb", "USB Headset", false}, {"hdmi", "hdmi", false}, {"gone", "gone (unplugged)", true}},
	} {
		m.update(running(func(s *control.Status) { s.Speaker.On, s.Speaker.Device = true, device }), began)
		v := m.view(began)
		now := slices.IndexFunc(want, func(c choice) bool { return c.ticked })
		if !slices.Equal(v.outputs, want) || v.output != want[now].label {
			t.Errorf("%q: %q, %+v, want %+v", device, v.output, v.outputs, want)
		}
	}
}

func TestTicks(t *testing.T) {
	m := newModel(english(), began)
	m.presets = []control.Preset{{Name: "call"}, {Name: "podcast"}}
	m.update(running(func(s *control.Status) {
		s.Preset, s.DefaultSource, s.Page = "podcast", "stillmic", "http://127.0.0.1:1"
		s.Speaker.On, s.Echo.Mode = true, farend.Auto
	}), began)
	v := m.view(began)
	ticked := func(list []choice) (names []string) {
		for _, c := range list {
			if c.ticked {
				names = append(names, c.label)
			}
		}
		return names
	}
	if !v.cleaning || v.mute || !v.isDefault || !v.speaker || !v.echo || !v.hasPage ||
		!slices.Equal(ticked(v.strengths), []string{"Strong"}) || !slices.Equal(ticked(v.presets), []string{"For podcasts"}) {
		t.Errorf("%+v", v)
	}
	m.update(running(func(s *control.Status) { s.Strength, s.StrengthDB = "18 dB", 18 }), began)
	if v := m.view(began); len(ticked(v.strengths)) != 0 || title("Strength", v.strength) != "Strength: 18 dB" || v.isDefault {
		t.Errorf("18 dB: %+v", v)
	}
}

// The menu lists how much of others' noise is removed, and ticks it while any is.
func TestOthers(t *testing.T) {
	m := newModel(english(), began)
	for now, want := range map[string]string{"": "", "gentle": "Gentle", "max": "Max", "18 dB": "18 dB"} {
		m.update(running(func(s *control.Status) {
			s.Speaker.On, s.Speaker.Strength = now != "", cmp.Or(now, "strong")
		}), began)
		v := m.view(began)
		if capital(v.other) != want || len(v.others) != len(strengths)-1 {
			t.Errorf("%q: %q, %+v", now, v.other, v.others)
		}
		for _, c := range v.others {
			if c.ticked != (c.id == now) || c.id == "off" {
				t.Errorf("%q: %+v", now, c)
			}
		}
	}
	m.disconnected(began)
	if v := m.view(began); v.other != "" || len(v.others) != len(strengths)-1 {
		t.Errorf("absent: %+v", v)
	}
}

// The menu lists whose voices may stay, and says what becomes of the choice.
func TestFocus(t *testing.T) {
	m := newModel(english(), began)
	for want, f := range map[string]control.Focus{
		"Everybody's": {Mode: focus.Off},
		"Those near the microphone (one is being lowered)": {Mode: focus.Near, State: focus.Working, Other: true},
		"Yours alone": {Mode: focus.Me, State: focus.Working},
		"Yours alone (not in use: open Stillmic)": {Mode: focus.Me, State: focus.NoPrint, Reason: "nobody"},
	} {
		m.update(running(func(s *control.Status) { s.Focus = f }), began)
		v := m.view(began)
		if capital(v.focus) != want || len(v.focuses) != 3 {
			t.Errorf("%q, %+v, want %q", v.focus, v.focuses, want)
		}
		for _, c := range v.focuses {
			if c.ticked != (c.id == string(f.Mode)) {
				t.Errorf("%s: %+v", want, c)
			}
		}
	}
}

// Who chooses the own voice before it is enrolled is told where the page enrols it, not a command.
func TestRefused(t *testing.T) {
	m := newModel(english(), began)
	for _, err := range []error{focus.ErrNoPrint, focus.ErrOtherPrint, focus.ErrBadPrint} {
		if got := m.refused(err.Error()); got != "“yours alone” works once your voice is enrolled, under “Your voice”" {
			t.Errorf("%v: %s", err, got)
		}
	}
	if got := m.refused("the sound server does not answer"); got != "The sound server does not answer" {
		t.Error(got)
	}
}

// The menu says how much delay the network may take, and which choice holds.
func TestLatency(t *testing.T) {
	m := newModel(english(), began)
	m.update(running(func(s *control.Status) { s.Budget = control.Latency20 }), after(0))
	v := m.view(after(time.Second))
	want := []choice{{"40ms", "40 ms: best sound", false}, {"20ms", "20 ms: when every moment counts", true}}
	if v.latency != "20 ms" || !slices.Equal(v.latencies, want) {
		t.Errorf("%q, %+v", v.latency, v.latencies)
	}
}

// What goes past stillmic is called out, with the button that puts it back; a daemon that is gone
// with the one that starts it.
func TestNoticesHaveButtons(t *testing.T) {
	m := newModel(english(), began)
	m.update(running(func(s *control.Status) { s.RawApps = []string{"Zoom"} }), after(0))
	m.alert(after(time.Second))
	m.seen = after(7 * time.Second)
	want := notice{"Microphone used directly by Zoom", "Callers hear your room.", "Put it back on Stillmic", click{item: itemPutBack, id: "Zoom"}}
	if n := m.alert(after(7 * time.Second)); n == nil || *n != want {
		t.Errorf("%+v", n)
	}
	m.update(running(func(s *control.Status) { s.ConfigProblem = "stillmic.toml:2: x" }), after(8*time.Second))
	m.trouble = after(0)
	if n := m.alert(after(8 * time.Second)); n == nil || !strings.HasPrefix(n.body, "stillmic.toml:2: x\n") || !strings.Contains(n.body, "last good") {
		t.Errorf("%+v", n)
	}
	m.disconnected(after(8 * time.Second))
	m.trouble = time.Time{}
	m.alert(after(20 * time.Second))
	if n := m.alert(after(40 * time.Second)); n == nil || n.button != "Start" || n.does.item != itemStart {
		t.Errorf("%+v", n)
	}
}

// Every language has a menu; letters of several bytes stay whole.
func TestLanguages(t *testing.T) {
	for name, want := range map[string]string{"de": "Stark", "fr": "Forte", "ja": "強", "zh": "强"} {
		c, err := messages.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		m := newModel(c, began)
		m.update(running(nil), began)
		if v := m.view(began); capital(v.strength) != want {
			t.Errorf("%s: %q, want %q", name, capital(v.strength), want)
		}
	}
	if got := capital("état"); got != "État" {
		t.Error(got)
	}
}
