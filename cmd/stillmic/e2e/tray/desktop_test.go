//go:build linux

package tray

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/stillmic/stillmic/audioio/soundserver/child"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
)

// desktop is a screen with a panel on a session bus of its own.
type desktop struct {
	t      *testing.T
	dir    string
	env    []string
	bus    *dbus.Conn
	frames string // the screen's memory, as a file
}

// newDesktop starts the screen, the bus and the panel, with a home in dir.
func newDesktop(t *testing.T, dir string, env []string) *desktop {
	t.Helper()
	for _, p := range []string{"Xvfb", "xfce4-panel", "xdotool", "dbus-daemon"} {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("%s is not here", p)
		}
	}
	d := &desktop{t: t, dir: dir, env: env, frames: filepath.Join(dir, "Xvfb_screen0")}
	d.panelConfig()
	number := d.announced("Xvfb", "-displayfd", "3", "-screen", "0", "640x480x24", "-fbdir", dir, "-nolisten", "tcp")
	d.env = append(d.env, "DISPLAY=:"+number, "NO_AT_BRIDGE=1")
	address := d.announced("dbus-daemon", "--session", "--nofork", "--print-address=3",
		"--address=unix:path="+filepath.Join(dir, "desktop-bus"))
	d.env = append(d.env, "DBUS_SESSION_BUS_ADDRESS="+address)
	var err error
	if d.bus, err = dbus.Connect(address); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.bus.Close() })
	d.start("xfce4-panel", "--disable-wm-check")
	d.until(time.Minute, "panel", func() bool {
		var there bool
		v, err := d.bus.Object("org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher").
			GetProperty("org.kde.StatusNotifierWatcher.IsStatusNotifierHostRegistered")
		return err == nil && v.Store(&there) == nil && there
	})
	return d
}

// panelConfig has the panel show nothing but icons.
func (d *desktop) panelConfig() {
	text, err := os.ReadFile("testdata/xfce4-panel.xml")
	if err != nil {
		d.t.Fatal(err)
	}
	dir := filepath.Join(d.dir, "config", "xfce4", "xfconf", "xfce-perchannel-xml") // XDG_CONFIG_HOME of the stage
	if err := os.MkdirAll(dir, 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "xfce4-panel.xml"), text, 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// start runs a program until the test ends.
func (d *desktop) start(name string, args ...string) *exec.Cmd { return d.launch(nil, name, args...) }

func (d *desktop) launch(extra *os.File, name string, args ...string) *exec.Cmd {
	d.t.Helper()
	log, err := os.Create(filepath.Join(d.dir, filepath.Base(name)+"-desktop.log"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer log.Close() // the program has it
	cmd := exec.Command(name, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = d.env, log, log
	if extra != nil {
		cmd.ExtraFiles = []*os.File{extra}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // all that it starts ends with it
	p, err := child.Start(cmd)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-p.Ended()
	})
	return cmd
}

// ends kills the icon's program and waits until the panel has no icon.
func (d *desktop) ends(tray *exec.Cmd) {
	d.t.Helper()
	if err := tray.Process.Kill(); err != nil {
		d.t.Fatal(err)
	}
	d.until(stage.GiveUp, "panel without an icon", func() bool { return d.tooltip() == "" })
}

// announced starts a program and returns the line that it writes to descriptor 3.
func (d *desktop) announced(name string, args ...string) string {
	d.t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		d.t.Fatal(err)
	}
	defer r.Close()
	d.launch(w, name, args...)
	w.Close()
	if err := r.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		d.t.Fatal(err)
	}
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		d.t.Fatalf("%s does not start: %v", name, err)
	}
	return strings.TrimSpace(line)
}

// until waits for something to become true.
func (d *desktop) until(most time.Duration, what string, ok func() bool) {
	d.t.Helper()
	for deadline := time.Now().Add(most); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			d.shoot("failed")
			d.t.Fatalf("no %s after %v", what, most)
		}
	}
}

// icon returns the icon's object at a path below its own; nil when there is none.
func (d *desktop) icon(path dbus.ObjectPath) dbus.BusObject {
	var names []string
	if d.bus.BusObject().Call("org.freedesktop.DBus.ListNames", 0).Store(&names) != nil {
		return nil
	}
	i := slices.IndexFunc(names, func(n string) bool { return strings.HasPrefix(n, "org.kde.StatusNotifierItem-") })
	if i < 0 {
		return nil
	}
	return d.bus.Object(names[i], "/StatusNotifierItem"+path)
}

// tooltip is what the icon says; "" when there is none.
func (d *desktop) tooltip() string {
	icon := d.icon("")
	if icon == nil {
		return ""
	}
	v, err := icon.GetProperty("org.kde.StatusNotifierItem.ToolTip")
	if err != nil {
		return ""
	}
	if fields, ok := v.Value().([]any); ok && len(fields) == 4 {
		return fmt.Sprint(fields[2])
	}
	return ""
}

// menu returns what the entries of the menu and of its lists say, but for hidden ones.
func (d *desktop) menu() string {
	type entry struct {
		ID         int32
		Properties map[string]dbus.Variant
		Entries    []dbus.Variant
	}
	var version uint32
	var root entry
	icon := d.icon("/menu")
	if icon == nil || icon.Call("com.canonical.dbusmenu.GetLayout", 0, int32(0), int32(-1), []string{}).Store(&version, &root) != nil {
		return ""
	}
	var text strings.Builder
	var add func(e entry)
	add = func(e entry) {
		if shown, ok := e.Properties["visible"].Value().(bool); ok && !shown {
			return
		}
		fmt.Fprintln(&text, e.Properties["label"].Value())
		for _, v := range e.Entries {
			var below entry
			if v.Store(&below) == nil {
				add(below)
			}
		}
	}
	add(root)
	return text.String()
}

// says waits until the icon says something and returns how long that took.
func (d *desktop) says(text string) time.Duration {
	d.t.Helper()
	begin := time.Now()
	d.until(stage.GiveUp, fmt.Sprintf("icon saying %q", text), func() bool { return strings.Contains(d.tooltip(), text) })
	return time.Since(begin)
}

// screen reads the screen: an XWD file (XWDFile.h), 32 bits per pixel, whose
// header is of 32-bit words, most significant byte first.
func (d *desktop) screen() *image.NRGBA {
	d.t.Helper()
	b, err := os.ReadFile(d.frames)
	if err != nil {
		d.t.Fatal(err)
	}
	word := func(i int) int { return int(binary.BigEndian.Uint32(b[4*i:])) }
	const headerSize, width, height, byteOrder, stride, colours = 0, 4, 5, 7, 12, 19
	const colourSize = 12 // an XWDColor
	pixels := b[word(headerSize)+word(colours)*colourSize:]
	order := binary.ByteOrder(binary.LittleEndian)
	if word(byteOrder) == 1 {
		order = binary.BigEndian
	}
	img := image.NewNRGBA(image.Rect(0, 0, word(width), word(height)))
	for y := range word(height) {
		for x := range word(width) {
			p := order.Uint32(pixels[y*word(stride)+4*x:])
			img.SetNRGBA(x, y, color.NRGBA{uint8(p >> 16), uint8(p >> 8), uint8(p), 255})
		}
	}
	return img
}

// shoot keeps a picture of the screen (go test -artifacts -outputdir FOLDER).
func (d *desktop) shoot(name string) *image.NRGBA {
	d.t.Helper()
	img := d.screen()
	f, err := os.Create(filepath.Join(d.t.ArtifactDir(), name+".png"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		d.t.Fatal(err)
	}
	return img
}

// panelHeight in pixels, as the panel's configuration has it.
const panelHeight = 32

// find returns where the panel shows a colour; empty: nowhere.
func find(img *image.NRGBA, c color.NRGBA) image.Rectangle {
	near := func(a, b uint8) bool { return max(a, b)-min(a, b) < 24 }
	var found image.Rectangle
	for y := range panelHeight {
		for x := range img.Rect.Dx() {
			if p := img.NRGBAAt(x, y); near(p.R, c.R) && near(p.G, c.G) && near(p.B, c.B) {
				found = found.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return found
}

// xdotool types and clicks at the screen.
func (d *desktop) xdotool(args ...string) {
	d.t.Helper()
	cmd := exec.Command("xdotool", args...)
	cmd.Env = d.env
	if out, err := cmd.CombinedOutput(); err != nil {
		d.t.Fatalf("xdotool %v: %v: %s", args, err, out)
	}
}
