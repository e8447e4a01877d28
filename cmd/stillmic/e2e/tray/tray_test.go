//go:build linux

package tray

import (
	"fmt"
	"image"
	"image/color"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/focus"
	"github.com/stillmic/stillmic/daemon/tray/icon"
)

// follow is how soon everything must show what one of them was told.
const follow = 200 * time.Millisecond

// The icon in a real panel: each state shows, a choice in the menu is heard in
// the virtual microphone, and nothing that happens to the daemon stops it.
func TestTray(t *testing.T) {
	s := &stage.Stage{Server: soundserver.StartKind(t, soundserver.PulseAudio), T: t}
	d := newDesktop(t, s.RuntimeDir, s.Env())
	exe, err := stage.Program()
	if err != nil {
		t.Fatal(err)
	}
	stage.UntilClean(t, func() string { return d.looks(exe) })
	d.says("not running")
	d.shows(icon.Error, "daemon-absent")

	s.StartDaemon("--wait", "--strength", "off")
	s.PlayMic(soundserver.Noise(audioio.SampleRate, 0.1, 1))
	defer s.InCall()()
	d.says("Strength is set to Off")
	at := d.shows(icon.Bypassed, "off")
	before := level(s)
	stage.UntilClean(t, func() string {
		d.choose(s, at, 2, "medium") // off, gentle, medium, strong
		took := d.choose(s, at, 3, "strong")
		t.Logf("stillmic status follows a click after %v", took)
		if took > follow {
			return fmt.Sprintf("stillmic status follows a click after %v, want %v", took, follow)
		}
		return ""
	})
	after := level(s)
	t.Logf("noise from the virtual microphone: %.1f dB off, %.1f dB strong", before, after)
	if after > before-15 {
		t.Errorf("noise from the virtual microphone went from %.1f to %.1f dB by the choice of strong", before, after)
	}
	d.says("Removing noise")
	d.shows(icon.Active, "cleaning")

	trayOutputs(s, d, at)
	for _, mode := range []control.FocusMode{focus.Near, focus.Off} {
		d.chooseFrom(s, at, toFocuses, slices.Index(focus.Modes, mode), "focus-"+string(mode),
			func(st control.Status) bool { return st.Focus.Mode == mode })
	}

	trayFollows(s, d)
	trayWaits(s, d)
	traySurvives(s, d, at)

	out, err := d.command(exe, "tray").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "already in the panel") {
		t.Errorf("a second icon: %v, %s", err, out)
	}
}

// looks starts the icon and says what is wrong if it was never seen looking for
// the daemon: it does for 4 s from its start, which a machine that stands still
// may take until the panel has it.
func (d *desktop) looks(exe string) string {
	d.t.Helper()
	tray := d.start(exe, "tray")
	seen, text := false, ""
	d.until(stage.GiveUp, "icon", func() bool {
		text = d.tooltip()
		seen = strings.Contains(text, "Looking for Stillmic") && d.sees(icon.Waiting)
		return seen || strings.Contains(text, "not running")
	})
	if seen {
		d.shoot("daemon-looking")
		return ""
	}
	d.ends(tray)
	return "the icon was not seen before it said " + text
}

// trayOutputs chooses where the others are heard: an output that was plugged in since the icon started,
// and the default again. Without Stillmic Speaker the menu does not ask.
func trayOutputs(s *stage.Stage, d *desktop, at image.Point) {
	s.T.Helper()
	c := control.NewClient(filepath.Join(s.RuntimeDir, "stillmic"))
	speaker := func(on bool) {
		s.T.Helper()
		if _, err := c.SetSpeaker(s.T.Context(), control.SpeakerChange{On: &on}); err != nil {
			s.T.Fatal(err)
		}
	}
	speaker(true)
	if _, err := s.LoadModule("module-null-sink", "sink_name=headset sink_properties=device.description=Headset"); err != nil {
		s.T.Fatal(err)
	}
	d.until(stage.GiveUp, "headset in the menu", func() bool { return strings.Contains(d.menu(), "Headset") })
	outputs, err := c.Outputs(s.T.Context())
	if err != nil {
		s.T.Fatal(err)
	}
	headset := 1 + slices.IndexFunc(outputs, func(o control.Output) bool { return o.Name == "headset" }) // after the default
	d.chooseFrom(s, at, toOutputs, headset, "headset", func(st control.Status) bool { return st.Speaker.Device == "headset" })
	d.chooseFrom(s, at, toOutputs, 0, "default-output", func(st control.Status) bool { return st.Speaker.Device == "" })
	speaker(false)
	d.until(stage.GiveUp, "menu without outputs", func() bool { return !strings.Contains(d.menu(), "Where the others are heard") })
}

// trayFollows has others change things.
func trayFollows(s *stage.Stage, d *desktop) {
	s.T.Helper()
	c := control.NewClient(filepath.Join(s.RuntimeDir, "stillmic"))
	for _, step := range []struct {
		change func() (control.Status, error)
		says   string
		icon   icon.State
		name   string
	}{
		{func() (control.Status, error) { return c.SetMute(s.T.Context(), true) }, "Muted", icon.Muted, "muted"},
		{func() (control.Status, error) { return c.SetMute(s.T.Context(), false) }, "Removing noise", icon.Active, "unmuted"},
		{func() (control.Status, error) { return c.SetBypass(s.T.Context(), true) }, "Noise removal is off", icon.Bypassed, "bypassed"},
		{func() (control.Status, error) { return c.SetBypass(s.T.Context(), false) }, "Removing noise", icon.Active, "not-bypassed"},
	} {
		if _, err := step.change(); err != nil {
			s.T.Fatal(err)
		}
		s.T.Logf("%s: the icon follows after %v", step.name, d.says(step.says))
		d.shows(step.icon, step.name)
	}
}

// trayWaits takes the microphone away and brings it back.
func trayWaits(s *stage.Stage, d *desktop) {
	s.T.Helper()
	if err := s.RemoveMic(soundserver.FakeMic); err != nil {
		s.T.Fatal(err)
	}
	d.says("No microphone found")
	d.shows(icon.Waiting, "no-microphone")
	if err := s.AddMic(soundserver.FakeMic, audioio.SampleRate, 1); err != nil {
		s.T.Fatal(err)
	}
	d.says("Removing noise")
}

// traySurvives has the daemon hang, recover, be killed and start again.
func traySurvives(s *stage.Stage, d *desktop, at image.Point) {
	s.T.Helper()
	if err := s.Daemon.Process.Signal(syscall.SIGSTOP); err != nil {
		s.T.Fatal(err)
	}
	d.says("not responding")
	d.shows(icon.Error, "daemon-hangs")
	d.open(at)
	d.shoot("menu-while-daemon-hangs")
	d.xdotool("key", "Escape")
	if err := s.Daemon.Process.Signal(syscall.SIGCONT); err != nil {
		s.T.Fatal(err)
	}
	d.says("oise") // "Removing noise", or "Noise removal is off"
	if err := s.SignalDaemon(syscall.SIGKILL); err == nil {
		s.T.Error("killed, and ended well")
	}
	s.RunDaemon()
	s.T.Logf("the icon is back %v after the daemon", d.says("Removing noise"))
}

// level is that of the virtual microphone in dB re full scale, a second after now.
func level(s *stage.Stage) float64 {
	s.T.Helper()
	const wait = 1500 * time.Millisecond // the network settles, and the noise fades
	x := s.RecordFor(wait+time.Second, pulse.MicName)[0].Samples
	return soundserver.DB(soundserver.RMS(x[len(x)-audioio.SampleRate:]) + 1e-9)
}

// ground is the colour that an icon has most of, below its sign.
func ground(s icon.State) (most color.NRGBA) {
	img := icon.Draw(s, 48)
	count := map[color.NRGBA]int{}
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			if c := img.NRGBAAt(x, y); c.A == 255 {
				if count[c]++; count[c] > count[most] {
					most = c
				}
			}
		}
	}
	return most
}

// shows waits until the panel shows an icon, and returns where.
func (d *desktop) shows(s icon.State, name string) image.Point {
	d.t.Helper()
	d.until(stage.GiveUp, string(s)+" icon in the panel", func() bool { return d.sees(s) })
	d.shoot(name)
	at := find(d.screen(), ground(s))
	return at.Min.Add(at.Size().Div(2))
}

// sees reports whether the panel shows an icon now, as large as one and no larger:
// only one is there.
func (d *desktop) sees(s icon.State) bool {
	at := find(d.screen(), ground(s))
	return at.Dx() > 12 && at.Dx() < panelHeight && at.Dy() > 12
}

// open opens the menu. When it shows it has the keyboard.
func (d *desktop) open(at image.Point) {
	d.t.Helper()
	d.opens("menu", 10_000, "mousemove", strconv.Itoa(at.X), strconv.Itoa(at.Y), "click", "1")
}

// opens has xdotool do something and waits until so many pixels below the panel
// have changed by it.
func (d *desktop) opens(what string, pixels int, do ...string) {
	d.t.Helper()
	closed := d.screen()
	d.xdotool(do...)
	d.until(stage.GiveUp, what, func() bool { return changed(closed, d.screen()) > pixels })
}

// changed counts the pixels below the panel that differ.
func changed(a, b *image.NRGBA) (n int) {
	for i := panelHeight * a.Stride; i < len(a.Pix); i += 4 {
		if a.Pix[i] != b.Pix[i] {
			n++
		}
	}
	return n
}

// choose takes the nth strength from the menu and returns how long it took
// until the daemon's status said so.
func (d *desktop) choose(s *stage.Stage, at image.Point, n int, want string) time.Duration {
	d.t.Helper()
	return d.chooseFrom(s, at, toStrengths, n, want, func(st control.Status) bool { return st.Strength == want })
}

// Entries of the menu that are lists, from the first entry on.
const (
	toStrengths = 3
	toOutputs   = 10 // with Stillmic Speaker
	toFocuses   = 10 // without
)

// chooseFrom takes the nth entry of a list of the menu and returns how long it took until the
// daemon's status was as wanted.
func (d *desktop) chooseFrom(s *stage.Stage, at image.Point, list, n int, want string, ok func(control.Status) bool) time.Duration {
	d.t.Helper()
	closed := d.screen()
	d.open(at)
	d.shoot("menu")
	for range list {
		d.xdotool("key", "Down")
	}
	d.opens("list of "+want, 5_000, "key", "Right")
	for range n {
		d.xdotool("key", "Down")
	}
	if shot := d.shoot("menu-" + want); list == toStrengths {
		trayPicture(d.t, shot)
	}
	begin := time.Now()
	d.xdotool("key", "Return")
	s.Await(stage.GiveUp, want, ok)
	took := time.Since(begin)
	d.until(stage.GiveUp, "screen without the menu", func() bool { return changed(closed, d.screen()) == 0 })
	return took
}

// command is a program of this desktop.
func (d *desktop) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = d.env
	return cmd
}
