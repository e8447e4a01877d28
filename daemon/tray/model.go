package tray

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/farend"
	"github.com/stillmic/stillmic/daemon/keys"
	"github.com/stillmic/stillmic/daemon/messages"
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

	// askedFor is how long a question holds.
	askedFor = 10 * time.Second
)

// strengths are those of the menu.
var strengths = limits.Names()

// model is what is known of the daemon. It has no clock of its own and touches
// nothing: what happens goes in, with its time, and [model.view] comes out.
type model struct {
	text   messages.Catalog
	status control.Status
	seen   time.Time // when the daemon spoke last, zero: never or it is gone
	gone   time.Time // since when there is no daemon

	devices  []control.Device
	playable []control.Output
	presets  []control.Preset

	trouble time.Time // since when the icon has called for somebody
	testing bool      // a test of the microphone is under way
	keys    bool      // the desktop's shortcuts are listened to
	bound   []keys.Bound
	asked   time.Time // when the person was asked whether to do what question says

	question click
}

func newModel(text messages.Catalog, now time.Time) *model { return &model{text: text, gone: now} }

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

// present reports whether the daemon is there, slow or not.
func (m *model) present() bool { return !m.seen.IsZero() }

// headline returns the icon and one sentence.
func (m *model) headline(now time.Time) (icon.State, string) {
	s := m.status
	switch {
	case !m.present() && now.Sub(m.gone) < silentAfter:
		return icon.Waiting, m.text.Text("tray.looking")
	case !m.present():
		return icon.Error, m.text.Text("tray.absent")
	case now.Sub(m.seen) > silentAfter:
		return icon.Error, m.text.Text("tray.silent")
	}
	switch s.State {
	case control.Starting, control.WaitingForServer, control.Stopping:
		return icon.Waiting, m.text.Text("tray.no-sound")
	case control.WaitingForDevice:
		return icon.Waiting, m.text.Text("tray.no-microphone")
	case control.Degraded:
		if s.Silent || s.Mute {
			break // what does not work is not heard
		}
		return icon.Error, capital(m.text.Said(s.Reason))
	}
	switch {
	case s.Silent || s.Mute:
		return icon.Muted, m.text.Text("tray.muted")
	case s.SinkMuted || s.SourceMuted:
		return icon.Muted, m.text.Text("tray.mixer-muted")
	case s.ConfigProblem != "":
		return icon.Error, m.text.Text("notice.config")
	case s.Bypass:
		return icon.Bypassed, m.text.Text("tray.bypass")
	case s.StrengthDB == 0:
		return icon.Bypassed, m.text.Text("tray.strength-off")
	case len(s.RawApps) > 0:
		return icon.Bypassed, m.text.Text("tray.direct", "apps", names(s.RawApps))
	case s.State == control.Suspended:
		return icon.Active, m.text.Text("tray.ready")
	case len(s.Apps) > 0:
		return icon.Active, m.text.Text("tray.removing-for", "apps", names(s.Apps))
	}
	return icon.Active, m.text.Text("tray.removing")
}

// names lists programs in one line.
func names(apps []string) string { return shorten(strings.Join(apps, ", ")) }

// notice is something that a person has to know, with a button that does what an item of the
// menu does.
type notice struct {
	title, body string
	button      string // "" for none
	does        click
}

// alert returns what a person has to know, nil for nothing. It is repeated with
// every call while it lasts.
func (m *model) alert(now time.Time) *notice {
	look, text := m.headline(now)
	direct := m.present() && len(m.status.RawApps) > 0 && look == icon.Bypassed
	if look != icon.Error && look != icon.Waiting && !direct {
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
		n.body, n.button, n.does = m.text.Text("notice.absent"), m.text.Text("notice.start"), click{item: itemStart}
	case direct:
		patience = troublePatience
		n.body, n.button = m.text.Text("notice.direct"), m.text.Text("put-back")
		n.does = click{item: itemPutBack, id: strings.Join(m.status.RawApps, "\n")}
	case m.present() && m.status.ConfigProblem != "" && m.status.State != control.Degraded:
		patience = troublePatience
		n.body = m.text.Said(m.status.ConfigProblem) + "\n" + m.text.Text("notice.config-goes-on")
	case m.status.State == control.WaitingForDevice:
		n.body, n.button, n.does = m.text.Text("notice.no-microphone"), m.text.Text("notice.open"), click{item: itemPage}
	case m.status.State == control.Degraded:
		patience = troublePatience
		n.body, n.button, n.does = m.text.Text("notice.problem"), m.text.Text("notice.open"), click{item: itemPage}
	default:
		n.body = m.text.Text("notice.no-sound")
	}
	if now.Sub(m.trouble) < patience {
		return nil
	}
	return n
}

// view is all that the icon and its menu show.
type view struct {
	icon      icon.State
	text      string // what goes on, one sentence
	connected bool   // the daemon can be told things
	cleaning  bool
	mute      bool
	isDefault bool // it is the system's default microphone
	speaker   bool // what others say is cleaned, too
	echo      bool // loudspeakers are kept out of the microphone
	hasPage   bool // it may be opened
	testing   bool
	apps      string
	direct    []string          // programs that record the real microphone
	keys      map[string]string // of the desktop's shortcuts, by what they do
	asked     click             // what the same click again does at once

	strength, microphone, preset, latency, other, output, focus          string // the present ones; other: of others' noise
	strengths, microphones, presets, latencies, others, outputs, focuses []choice
}

// view returns what to show now.
func (m *model) view(now time.Time) view {
	s := m.status
	v := view{connected: m.present(), testing: m.testing, keys: m.keysByID()}
	v.icon, v.text = m.headline(now)
	if !v.connected {
		v.strengths = m.listStrengths("")
		v.others = v.strengths[1:]
		return v
	}
	v.cleaning, v.mute = !s.Bypass, s.Mute
	v.isDefault = s.Sink != "" && s.DefaultSource == s.Sink
	v.speaker, v.echo = s.Speaker.On, s.Echo.Mode != farend.Off
	v.hasPage = !s.PageOff
	v.direct, v.apps = s.RawApps, names(s.Apps)
	if v.apps != "" && now.Sub(m.asked) < askedFor {
		v.asked = m.question
	}
	v.strength, v.strengths = m.named("strength.", s.Strength), m.listStrengths(s.Strength)
	v.microphone, v.microphones = m.microphones()
	v.preset, v.presets = m.presetLabel(s.Preset), m.listPresets()
	v.latency, v.latencies = m.latency()
	v.other, v.others = m.speaker()
	v.output, v.outputs = m.outputs()
	v.focus, v.focuses = m.focus()
	return v
}

// refused says why something was not done. Where the daemon names the command that makes a voice
// print, it says where the page does.
func (m *model) refused(why string) string {
	if strings.Contains(why, "stillmic voiceprint enroll") {
		return m.text.Text("focus.enrol", "me", m.text.Text("focus.me"), "title", m.text.Text("enrol.title"))
	}
	return capital(m.text.Said(why))
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
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + s[size:]
}

// title names a list and what is chosen.
func title(name, now string) string {
	if now == "" {
		return name
	}
	return fmt.Sprintf("%s: %s", name, now)
}
