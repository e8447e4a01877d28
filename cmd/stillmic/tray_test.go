//go:build linux

package main

import (
	"context"
	"image"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/audiotest"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/tray/icon"
)

// follow is how soon everything must show what one of them was told.
const follow = 200 * time.Millisecond

// The icon in a real panel: each state shows, a choice in the menu is heard in
// the virtual microphone, and nothing that happens to the daemon stops it.
func TestTray(t *testing.T) {
	s := &stage{Server: audiotest.StartKind(t, audiotest.PulseAudio), t: t}
	d := newDesktop(t, s.RuntimeDir, s.Env())
	exe, err := program()
	if err != nil {
		t.Fatal(err)
	}
	d.start(exe, "tray")
	d.says(20*time.Second, "Looking for stillmic")
	d.shows(icon.Waiting, "daemon-looking")
	d.says(10*time.Second, "not running")
	d.shows(icon.Error, "daemon-absent")

	s.start("--wait", "--strength", "off")
	s.play(audiotest.Noise(audioio.SampleRate, 0.1, 1))
	defer s.inCall()()
	d.says(10*time.Second, "Strength is off")
	at := d.shows(icon.Bypassed, "off")
	before := s.level()
	took := d.choose(s, at, 3, "strong") // off, gentle, medium, strong
	t.Logf("stillmic status follows a click after %v", took)
	if took > follow {
		if took = d.choose(s, at, 2, "medium"); took > follow {
			t.Errorf("stillmic status follows a click after %v, want %v", took, follow)
		}
		d.choose(s, at, 3, "strong")
	}
	after := s.level()
	t.Logf("noise from the virtual microphone: %.1f dB off, %.1f dB strong", before, after)
	if after > before-15 {
		t.Errorf("noise from the virtual microphone went from %.1f to %.1f dB by the choice of strong", before, after)
	}
	d.says(2*time.Second, "Cleaning")
	d.shows(icon.Active, "cleaning")

	s.trayFollows(d)
	s.trayWaits(d)
	s.traySurvives(d, at)

	out, err := d.command(exe, "tray").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "already in the panel") {
		t.Errorf("a second icon: %v, %s", err, out)
	}
}

// inCall has an application record the virtual microphone, as in a call, so that
// it is not suspended, and begin again when it vanishes.
func (s *stage) inCall() (end func()) {
	ctx, stop := context.WithCancel(s.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_, _ = s.Record(ctx, audioio.MicName, time.Minute)
			time.Sleep(50 * time.Millisecond)
		}
	}()
	return func() {
		stop()
		<-done
	}
}

// trayFollows has others change things.
func (s *stage) trayFollows(d *desktop) {
	s.t.Helper()
	c := control.NewClient(filepath.Join(s.RuntimeDir, "stillmic"))
	for _, step := range []struct {
		change func() (control.Status, error)
		says   string
		icon   icon.State
		name   string
	}{
		{func() (control.Status, error) { return c.SetMute(s.t.Context(), true) }, "Muted", icon.Muted, "muted"},
		{func() (control.Status, error) { return c.SetMute(s.t.Context(), false) }, "Cleaning", icon.Active, "unmuted"},
		{func() (control.Status, error) { return c.SetBypass(s.t.Context(), true) }, "Not cleaning", icon.Bypassed, "bypassed"},
		{func() (control.Status, error) { return c.SetBypass(s.t.Context(), false) }, "Cleaning", icon.Active, "not-bypassed"},
	} {
		if _, err := step.change(); err != nil {
			s.t.Fatal(err)
		}
		s.t.Logf("%s: the icon follows after %v", step.name, d.says(5*time.Second, step.says))
		d.shows(step.icon, step.name)
	}
}

// trayWaits takes the microphone away and brings it back.
func (s *stage) trayWaits(d *desktop) {
	s.t.Helper()
	if err := s.RemoveMic(audiotest.FakeMic); err != nil {
		s.t.Fatal(err)
	}
	d.says(10*time.Second, "Waiting for a microphone")
	d.shows(icon.Waiting, "no-microphone")
	if err := s.AddMic(audiotest.FakeMic, audioio.SampleRate, 1); err != nil {
		s.t.Fatal(err)
	}
	d.says(10*time.Second, "Cleaning")
}

// traySurvives has the daemon hang, recover, be killed and start again.
func (s *stage) traySurvives(d *desktop, at image.Point) {
	s.t.Helper()
	if err := s.daemon.Process.Signal(syscall.SIGSTOP); err != nil {
		s.t.Fatal(err)
	}
	d.says(10*time.Second, "does not answer")
	d.shows(icon.Error, "daemon-hangs")
	d.open(at)
	d.shoot("menu-while-daemon-hangs")
	d.xdotool("key", "Escape")
	if err := s.daemon.Process.Signal(syscall.SIGCONT); err != nil {
		s.t.Fatal(err)
	}
	d.says(10*time.Second, "leaning") // or "Not cleaning"
	if err := s.signal(syscall.SIGKILL); err == nil {
		s.t.Error("killed, and ended well")
	}
	s.run()
	s.t.Logf("the icon is back %v after the daemon", d.says(10*time.Second, "Cleaning"))
}

// level is that of the virtual microphone in dB re full scale, a second after now.
func (s *stage) level() float64 {
	s.t.Helper()
	const wait = 1500 * time.Millisecond // the network settles, and the noise fades
	x := s.record(wait+time.Second, audioio.MicName)[0].Samples
	return audiotest.DB(audiotest.RMS(x[len(x)-audioio.SampleRate:]) + 1e-9)
}

// shows waits until the panel shows an icon, and returns where.
func (d *desktop) shows(s icon.State, name string) image.Point {
	d.t.Helper()
	var at image.Rectangle
	d.until(5*time.Second, string(s)+" icon in the panel", func() bool {
		at = find(d.screen(), icon.Ground(s))
		// As large as an icon, and no larger: only one is there.
		return at.Dx() > 12 && at.Dx() < panelHeight && at.Dy() > 12
	})
	d.shoot(name)
	return at.Min.Add(at.Size().Div(2))
}

// open opens the menu.
func (d *desktop) open(at image.Point) {
	d.t.Helper()
	closed := d.screen()
	d.xdotool("mousemove", strconv.Itoa(at.X), strconv.Itoa(at.Y), "click", "1")
	d.until(3*time.Second, "menu", func() bool {
		open, changed := d.screen(), 0
		for i := panelHeight * open.Stride; i < len(open.Pix); i += 4 {
			if open.Pix[i] != closed.Pix[i] {
				changed++
			}
		}
		return changed > 10_000
	})
	time.Sleep(200 * time.Millisecond) // it takes the keyboard
}

// choose takes the nth strength from the menu and returns how long it took
// until the daemon's status said so.
func (d *desktop) choose(s *stage, at image.Point, n int, want string) time.Duration {
	d.t.Helper()
	d.open(at)
	d.shoot("menu")
	d.xdotool("key", "Down", "Down", "Down", "Right") // Remove noise, Mute, Strength, into it
	time.Sleep(300 * time.Millisecond)
	for range n {
		d.xdotool("key", "Down")
	}
	d.shoot("menu-strength")
	begin := time.Now()
	d.xdotool("key", "Return")
	s.await(5*time.Second, want, func(st control.Status) bool { return st.Strength == want })
	return time.Since(begin)
}

// command is a program of this desktop.
func (d *desktop) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = d.env
	return cmd
}
