//go:build linux

package tray

import (
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/tray/icon"
)

// Keys from the menu's ends to its entries: what cannot be chosen is passed over.
var (
	toFirst = []string{"Down"}
	toHide  = []string{"Up"}
	toStop  = []string{"Up", "Up"}
	toPage  = []string{"Up", "Up", "Up"}
	toKeys  = []string{"Up", "Up", "Up", "Up"}
)

// TestTrayEntries chooses entries of the menu in a real panel, in a call: what the call would notice is asked
// about first, by a notification whose button does it.
func TestTrayEntries(t *testing.T) {
	s := &stage.Stage{Server: soundserver.StartKind(t, soundserver.PulseAudio), T: t}
	opened := filepath.Join(s.RuntimeDir, "opened")
	d := newDesktop(t, s.RuntimeDir, append(s.Env(), "PATH="+browserStub(t, opened)+":"+os.Getenv("PATH")))
	n := d.takeNotes()
	exe, err := stage.Program()
	if err != nil {
		t.Fatal(err)
	}
	s.RunDaemon()
	s.PlayMic(soundserver.Noise(audioio.SampleRate, 0.1, 1))
	endCall := s.InCall()
	defer func() { endCall() }()
	s.Await(stage.GiveUp, "used", func(st control.Status) bool { return len(st.Apps) == 1 })
	d.appears(exe)
	d.start(exe, "tray")
	d.says("Removing noise for")
	at := d.shows(icon.Active, "entries")

	d.off(s, n, at)
	d.putBack(s, n, at)
	d.pick(at, "menu-page", toPage...)
	d.until(stage.GiveUp, "page in the browser", func() bool {
		link, err := os.ReadFile(opened)
		return err == nil && strings.HasPrefix(string(link), "http://127.0.0.1:") && strings.Contains(string(link), "/#once=")
	})
	d.keyboard(s, n, at)
	d.stopAndStart(s, n, at)
	endCall = s.InCall()
	s.Await(stage.GiveUp, "used again", func(st control.Status) bool { return len(st.Apps) == 1 })
	d.says("Removing noise for")
	d.hide(s, n, at)
	d.begin(exe, opened)
}

// appears starts the icon again and again: what the daemon says reaches it while it is put on the bus, and must be seen.
func (d *desktop) appears(exe string) {
	d.t.Helper()
	for range 10 {
		tray := d.start(exe, "tray")
		d.says("Removing noise for")
		d.ends(tray)
	}
}

// browserStub makes an xdg-open that notes what it is to open, and returns its folder.
func browserStub(t *testing.T, opened string) string {
	t.Helper()
	dir := t.TempDir()
	script := "#!/bin/sh\nprintf %s \"$1\" >'" + opened + "'\n"
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// pick chooses an entry of the menu with the keyboard.
func (d *desktop) pick(at image.Point, name string, keys ...string) {
	d.t.Helper()
	d.bare() // without what the panel says of the icon while the mouse rests on it
	d.open(at)
	d.xdotool(append([]string{"key"}, keys...)...)
	d.shoot(name)
	d.xdotool("key", "Return")
	d.bare()
}

// bare takes the mouse away and waits until nothing is below the panel.
func (d *desktop) bare() {
	d.t.Helper()
	d.xdotool("mousemove", "600", "450")
	d.until(stage.GiveUp, "bare screen", func() bool { return drawn(d.screen()).Empty() })
}

// off switches noise removal off after a question, and on without one.
func (d *desktop) off(s *stage.Stage, n *notes, at image.Point) {
	d.t.Helper()
	bypass := func(want bool) {
		d.t.Helper()
		s.Await(stage.GiveUp, "switched", func(st control.Status) bool { return st.Bypass == want })
	}
	d.pick(at, "menu-off", toFirst...)
	asked := n.await("Callers will hear your room")
	if st, err := s.Status(); err != nil || st.Bypass {
		d.t.Errorf("off before the answer: %v, %v", st.Bypass, err)
	}
	n.press(asked, "Turn off anyway")
	bypass(true)
	d.pick(at, "menu-on", toFirst...)
	bypass(false)
	d.pick(at, "menu-off-again", toFirst...)
	n.await("Callers will hear your room")
	d.pick(at, "menu-off-sure", toFirst...) // the same click again says yes
	bypass(true)
	d.pick(at, "menu-on-again", toFirst...)
	bypass(false)
}

// putBack has two programs record the real microphone; one is put back from the menu, the other by the button
// of the notification, and each time only that.
func (d *desktop) putBack(s *stage.Stage, n *notes, at image.Point) {
	d.t.Helper()
	names := []string{"First call", "Second call"}
	for _, name := range names {
		cmd := exec.CommandContext(d.t.Context(), "parecord", "--client-name="+name, "--device="+soundserver.FakeMic, "--raw", "/dev/null")
		cmd.Env = d.env
		if err := cmd.Start(); err != nil {
			d.t.Fatal(err)
		}
		d.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }) // it may have ended
		s.Await(stage.GiveUp, name+" past us", func(st control.Status) bool { return slices.Contains(st.RawApps, name) })
	}
	st, err := s.Status()
	if err != nil {
		d.t.Fatal(err)
	}
	d.says(st.RawApps[1]) // the menu has both
	d.pick(at, "menu-put-back", toFirst...)
	s.Await(stage.GiveUp, "one put back", func(now control.Status) bool {
		return slices.Equal(now.RawApps, st.RawApps[1:]) && slices.Contains(now.Apps, st.RawApps[0])
	})
	n.press(n.await("Microphone used directly by "+st.RawApps[1]), "Put it back on Stillmic") // not of when both did
	s.Await(stage.GiveUp, "both put back", func(now control.Status) bool { return len(now.RawApps) == 0 && len(now.Apps) == 3 })
	d.says("Removing noise for")
}

// stopAndStart stops the daemon after a question, and starts it from the menu.
func (d *desktop) stopAndStart(s *stage.Stage, n *notes, at image.Point) {
	d.t.Helper()
	d.pick(at, "menu-stop", toStop...)
	asked := n.await("the microphone falls silent")
	if _, err := s.Status(); err != nil {
		d.t.Errorf("stopped before the answer: %v", err)
	}
	n.press(asked, "Stop anyway")
	if err := s.DaemonEnds(); err != nil {
		d.t.Errorf("stopped from the menu, it ended by %v", err)
	}
	d.says("not running")
	d.pick(at, "menu-start", toFirst...)
	d.endsWithTest(s)
	d.says("Stillmic:")
}

// endsWithTest waits for a daemon that another program has started, and has it end with the test.
func (d *desktop) endsWithTest(s *stage.Stage) {
	d.t.Helper()
	pid := 0
	s.Await(stage.GiveUp, "started", func(st control.Status) bool { pid = st.PID; return pid > 0 })
	d.t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) }) // it may have ended
}

// hide closes the icon after a question; the daemon goes on.
func (d *desktop) hide(s *stage.Stage, n *notes, at image.Point) {
	d.t.Helper()
	d.pick(at, "menu-hide", toHide...)
	asked := n.await("keeps running, without its icon")
	if d.tooltip() == "" {
		d.t.Error("hidden before the answer")
	}
	n.press(asked, "Hide it")
	d.until(stage.GiveUp, "panel without the icon", func() bool { return d.tooltip() == "" })
	if st, err := s.Status(); err != nil || len(st.Apps) == 0 {
		d.t.Errorf("without the icon: %+v, %v", st.Apps, err)
	}
}

// begin is what the desktop's menu and its log-in start, with nothing running, and a click on an AppImage:
// "stillmic page --start", "stillmic tray --start", and an image without arguments.
func (d *desktop) begin(exe, opened string) {
	d.t.Helper()
	s := &stage.Stage{Server: &soundserver.Server{RuntimeDir: d.dir}, T: d.t}
	for _, command := range [][]string{{exe, "page", "--start"}, {exe, "tray", "--start"}, {d.image(exe)}} {
		d.endAll(s)
		_ = os.Remove(opened) // of the step before
		d.start(command[0], command[1:]...)
		d.endsWithTest(s)
		d.until(stage.GiveUp, "icon", func() bool { return d.tooltip() != "" })
		if slices.Contains(command, "tray") {
			continue
		}
		d.until(stage.GiveUp, "page", func() bool { _, err := os.Stat(opened); return err == nil })
	}
	d.endAll(s)
}

// image copies the program with the mark of an AppImage.
func (d *desktop) image(exe string) string {
	d.t.Helper()
	content, err := os.ReadFile(exe)
	if err != nil {
		d.t.Fatal(err)
	}
	copy(content[8:], "AI\x02")
	path := filepath.Join(d.t.TempDir(), "Click.AppImage")
	if err := os.WriteFile(path, content, 0o700); err != nil {
		d.t.Fatal(err)
	}
	return path
}

// endAll ends the daemon and the icon.
func (d *desktop) endAll(s *stage.Stage) {
	d.t.Helper()
	if st, err := s.Status(); err == nil {
		_ = syscall.Kill(st.PID, syscall.SIGINT) // it may have ended
	}
	var pid uint32
	if d.bus.BusObject().Call("org.freedesktop.DBus.GetConnectionUnixProcessID", 0, "io.github.stillmic.Tray").Store(&pid) == nil {
		_ = syscall.Kill(int(pid), syscall.SIGTERM)
	}
	d.until(stage.GiveUp, "end of all", func() bool { _, err := s.Status(); return err != nil && d.tooltip() == "" })
}
