package tray

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stillmic/stillmic/daemon/control"
	limits "github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/daemon/tray/icon"
)

const (
	// silentAfter is how long a daemon that reports every second may say
	// nothing before the icon stops showing what it said last.
	silentAfter = 4 * time.Second

	// The patience with what mends itself at log-in or after a replug, before
	// a person is called.
	absentPatience  = 15 * time.Second
	waitPatience    = 15 * time.Second
	troublePatience = 5 * time.Second
)

// strengths are those of the menu.
var strengths = limits.Names()

// model is what is known of the daemon. It has no clock of its own and touches
// nothing: what happens goes in, with its time, and [model.view] comes out.
type model struct {
	status control.Status
	seen   time.Time // when the daemon spoke last, zero: never or it is gone
	gone   time.Time // since when there is no daemon

	devices []control.Device
	presets []control.Preset

	trouble time.Time // since when the icon has called for somebody
	testing bool      // a test of the microphone is under way
}

func newModel(now time.Time) *model { return &model{gone: now} }

// update takes a status in.
func (m *model) update(s control.Status, now time.Time) {
	m.status, m.seen, m.gone = s, now, time.Time{}
}

// disconnected takes in that the connection has ended.
func (m *model) disconnected(now time.Time) {
	if m.gone.IsZero() {
		m.gone = now
	}
	m.seen = time.Time{}
}

// present says whether the daemon is there, slow or not.
func (m *model) present() bool { return !m.seen.IsZero() }

// headline returns the icon and one sentence.
func (m *model) headline(now time.Time) (icon.State, string) {
	s := m.status
	switch {
	case !m.present() && now.Sub(m.gone) < silentAfter:
		return icon.Waiting, "Looking for Stillmic"
	case !m.present():
		return icon.Error, "Stillmic is not running"
	case now.Sub(m.seen) > silentAfter:
		return icon.Error, "Stillmic is not responding"
	}
	switch s.State {
	case control.Starting, control.WaitingForServer, control.Stopping:
		return icon.Waiting, "Waiting for the computer's sound to start"
	case control.WaitingForDevice:
		return icon.Waiting, "No microphone found"
	case control.Degraded:
		return icon.Error, capital(s.Reason)
	}
	switch {
	case s.Silent || s.Mute:
		return icon.Muted, "Muted – callers hear silence"
	case s.SinkMuted || s.SourceMuted:
		return icon.Muted, "Muted in the sound settings – callers hear silence"
	case s.Bypass:
		return icon.Bypassed, "Noise removal is off – callers hear your room"
	case s.StrengthDB == 0:
		return icon.Bypassed, "Strength is set to Off – callers hear your room"
	case len(s.RawApps) > 0 && s.Listeners <= 0:
		return icon.Bypassed, shorten(s.RawApps[0]) + " uses your microphone without Stillmic"
	case s.State == control.Suspended:
		return icon.Active, "Ready – no app is using it yet"
	case len(s.RawApps) > 0:
		return icon.Bypassed, "Removing noise" + usedBy(s) + ", not for " + shorten(s.RawApps[0])
	}
	return icon.Active, "Removing noise" + usedBy(s)
}

// usedBy says which programs record, if that is known.
func usedBy(s control.Status) string {
	if apps := s.UsedBy(); apps != "" {
		return " for " + shorten(apps)
	}
	return ""
}

// notice is something that a person has to know.
type notice struct{ title, body string }

// alert returns what a person has to know, nil for nothing. It is repeated with
// every call while it lasts.
func (m *model) alert(now time.Time) *notice {
	look, text := m.headline(now)
	bad := look == icon.Error || look == icon.Waiting
	if !bad {
		m.trouble = time.Time{}
		return nil
	}
	if m.trouble.IsZero() {
		m.trouble = now
	}
	n, patience := &notice{title: text}, waitPatience
	switch {
	case !m.present():
		patience = absentPatience
		n.body = "Your call may have switched to your normal microphone, with its noise. Start Stillmic again from this icon."
	case m.status.State == control.WaitingForDevice:
		n.body = "Plug it in, or choose another microphone in the Stillmic menu."
	case m.status.State == control.Degraded:
		patience = troublePatience
		n.body = "To see how to fix it, run: stillmic doctor"
	default:
		n.body = "Nothing to do: Stillmic continues when sound is back."
	}
	if now.Sub(m.trouble) < patience {
		return nil
	}
	return n
}

// choice is an entry of a list from which one is chosen.
type choice struct {
	id, label string
	ticked    bool
}

// view is all that the icon and its menu show.
type view struct {
	icon      icon.State
	text      string // what goes on, one sentence
	connected bool   // the daemon can be told things
	cleaning  bool
	mute      bool
	isDefault bool // it is the system's default microphone
	hasPage   bool // it may be opened
	testing   bool

	strength, microphone, preset, latency      string // the present ones
	strengths, microphones, presets, latencies []choice
}

// view returns what to show now.
func (m *model) view(now time.Time) view {
	s := m.status
	v := view{connected: m.present(), testing: m.testing}
	v.icon, v.text = m.headline(now)
	if !v.connected {
		v.strengths = tick(strengths, "")
		return v
	}
	v.cleaning, v.mute = !s.Bypass, s.Mute
	v.isDefault = s.Sink != "" && s.DefaultSource == s.Sink
	v.hasPage = !s.PageOff
	v.strength, v.strengths = s.Strength, tick(strengths, s.Strength)
	v.microphone, v.microphones = m.microphones()
	v.preset, v.presets = presetLabel(s.Preset), m.listPresets()
	v.latency, v.latencies = m.latency()
	return v
}

// tick makes choices of names, of which one is ticked.
func tick(names []string, now string) []choice {
	list := make([]choice, len(names))
	for i, n := range names {
		list[i] = choice{n, capital(n), n == now}
	}
	return list
}

// microphones lists what can be cleaned, without monitors and our own.
func (m *model) microphones() (now string, list []choice) {
	s := m.status
	list = []choice{{"", "System default", s.Device == ""}}
	now = list[0].label
	for _, d := range m.devices {
		if d.Monitor || d.Name == s.Sink || d.Loop != "" {
			continue
		}
		label := d.Description
		if label == "" {
			label = d.Name
		}
		list = append(list, choice{d.Name, shorten(label), d.Name == s.Device})
		if d.Name == s.Device {
			now = shorten(label)
		}
	}
	if !slices.ContainsFunc(list, func(c choice) bool { return c.ticked }) {
		now = shorten(s.Device) + " (unplugged)"
		list = append(list, choice{s.Device, now, true})
	}
	return now, list
}

// latencies are those of the menu, with what each is for.
var latencies = []choice{
	{id: string(control.Latency40), label: "40 ms: best sound"},
	{id: string(control.Latency20), label: "20 ms: when every moment counts"},
}

// latency lists how much delay the network may take.
func (m *model) latency() (now string, list []choice) {
	list = slices.Clone(latencies)
	for i := range list {
		if list[i].ticked = list[i].id == string(m.status.Budget); list[i].ticked {
			now, _, _ = strings.Cut(list[i].label, ":")
		}
	}
	return now, list
}

func (m *model) listPresets() []choice {
	list := make([]choice, len(m.presets))
	for i, p := range m.presets {
		list[i] = choice{p.Name, presetLabel(p.Name), p.Name == m.status.Preset}
	}
	return list
}

// presetLabel names a preset by what it is for.
func presetLabel(name string) string {
	labels := map[string]string{
		"call": "For calls", "podcast": "For podcasts", "interview": "For interviews",
		"transcribe": "For transcripts", "gentle": "Gentle", "max": "Maximum",
	}
	if label, ok := labels[name]; ok {
		return label
	}
	return capital(name)
}

// shorten cuts a name that would make the menu too wide.
func shorten(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return strings.TrimSpace(string(r[:most-1])) + "…"
	}
	return s
}

// capital begins a text with a capital letter.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// title names a list and what is chosen.
func title(name, now string) string {
	if now == "" {
		return name
	}
	return fmt.Sprintf("%s: %s", name, now)
}
