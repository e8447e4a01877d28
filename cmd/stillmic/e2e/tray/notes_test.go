//go:build linux

package tray

import (
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
)

const notifications = "org.freedesktop.Notifications"

// note is a notification as the desktop gets it.
type note struct {
	id          uint32
	title, body string
	actions     []string // keys and labels in turn
}

// notes stands for the desktop's notifications.
type notes struct {
	t    *testing.T
	bus  *dbus.Conn
	told chan note
}

// takeNotes has the desktop take notifications.
func (d *desktop) takeNotes() *notes {
	d.t.Helper()
	n := &notes{d.t, d.bus, make(chan note, 100)}
	last := uint32(0)
	err := d.bus.ExportMethodTable(map[string]any{
		"Notify": func(_ string, id uint32, _, title, body string, actions []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
			if id == 0 {
				last++
				id = last
			}
			n.told <- note{id, title, body, actions}
			return id, nil
		},
		"CloseNotification": func(uint32) *dbus.Error { return nil },
	}, "/org/freedesktop/Notifications", notifications)
	if err == nil {
		_, err = d.bus.RequestName(notifications, dbus.NameFlagDoNotQueue)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return n
}

// await waits for a notification whose title or body holds a text; others pass by.
func (n *notes) await(text string) note {
	n.t.Helper()
	for end := time.After(stage.GiveUp); ; {
		select {
		case got := <-n.told:
			if strings.Contains(got.title+"\n"+got.body, text) {
				return got
			}
			n.t.Logf("another notification: %+v", got)
		case <-end:
			n.t.Fatalf("no notification says %q", text)
		}
	}
}

// press presses the button of a notification, which must have a label.
func (n *notes) press(on note, label string) {
	n.t.Helper()
	if len(on.actions) != 2 || on.actions[1] != label {
		n.t.Fatalf("%q has the buttons %q, want %q", on.title, on.actions, label)
	}
	if err := n.bus.Emit("/org/freedesktop/Notifications", notifications+".ActionInvoked", on.id, on.actions[0]); err != nil {
		n.t.Fatal(err)
	}
}
