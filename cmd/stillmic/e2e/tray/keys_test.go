//go:build linux

package tray

import (
	"image"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"

	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/dbustest"
)

// keyboard: where the desktop has no global shortcuts the person is told how to bind commands; where it has,
// what stands for its portal, the keys are named in a notification and in the menu, and do what they are for,
// going down and up.
func (d *desktop) keyboard(s *stage.Stage, n *notes, at image.Point) {
	d.t.Helper()
	d.pick(at, "menu-keys", toKeys...)
	n.await("stillmic talk press")
	p := dbustest.StartPortal(d.t, d.bus, map[string]string{"bypass": "", "mute": "Ctrl+Alt+M", "push-to-talk": "F9"})
	for range 2 { // binds them, and says them again
		d.pick(at, "menu-keys-again", toKeys...)
		if told := n.await("Ctrl+Alt+M"); !strings.Contains(told.body, "Mute") || !strings.Contains(told.body, "Hold to talk: F9") {
			d.t.Errorf("the keys are told by %+v", told)
		}
	}
	if bound := p.Bound(); len(bound) != 4 || !slices.Contains(bound, "push-to-mute: Hold to mute") {
		d.t.Errorf("bound are %q", bound)
	}
	d.until(stage.GiveUp, "keys in the menu", func() bool { return slices.Contains(d.labels(), "Mute (Ctrl+Alt+M)") })
	p.Change("mute", "Ctrl+Alt+K")
	d.until(stage.GiveUp, "other keys in the menu", func() bool { return slices.Contains(d.labels(), "Mute (Ctrl+Alt+K)") })

	press := func(id string, down bool, what string, ok func(control.Status) bool) {
		d.t.Helper()
		p.Press(id, down)
		s.Await(stage.GiveUp, what, ok)
	}
	press("mute", true, "muted", func(st control.Status) bool { return st.Mute })
	p.Press("mute", false) // it stays
	press("mute", true, "not muted", func(st control.Status) bool { return !st.Mute })
	press("push-to-talk", true, "talking", func(st control.Status) bool { return st.Talk.Pressed && !st.Silent })
	press("push-to-talk", false, "silent when let go of", func(st control.Status) bool { return st.Silent })
	press("push-to-mute", true, "silent while held", func(st control.Status) bool { return st.Silent && st.Talk.Mode == control.PushToMute })
	press("push-to-mute", false, "heard again", func(st control.Status) bool { return !st.Silent })
}

// labels are the texts of the menu, as the panel gets them.
func (d *desktop) labels() (all []string) {
	d.t.Helper()
	var names []string
	if d.bus.BusObject().Call("org.freedesktop.DBus.ListNames", 0).Store(&names) != nil {
		return nil
	}
	for _, name := range names {
		if !strings.HasPrefix(name, "org.kde.StatusNotifierItem-") {
			continue
		}
		call := d.bus.Object(name, "/StatusNotifierItem/menu").Call("com.canonical.dbusmenu.GetLayout", 0, int32(0), int32(-1), []string{"label"})
		collect(call.Body, &all)
	}
	return all
}

// collect finds the texts in an answer of the bus, however deep.
func collect(v any, all *[]string) {
	switch v := v.(type) {
	case string:
		*all = append(*all, v)
	case dbus.Variant:
		collect(v.Value(), all)
	case []any:
		for _, e := range v {
			collect(e, all)
		}
	case []dbus.Variant:
		for _, e := range v {
			collect(e, all)
		}
	case map[string]dbus.Variant:
		for _, e := range v {
			collect(e, all)
		}
	}
}
