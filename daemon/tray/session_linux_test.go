package tray

import (
	"errors"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/stillmic/stillmic/daemon/dbustest"
)

// What a person is told arrives at the desktop's service, replaces what was
// told before, and is taken back.
func TestNotifications(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", dbustest.Start(t))
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	type told struct {
		replaces    uint32
		title, body string
	}
	got, closed, buttons := make(chan told, 8), make(chan uint32, 8), make(chan []string, 8)
	err = bus.ExportMethodTable(map[string]any{
		"Notify": func(_ string, id uint32, _, title, body string, actions []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
			got <- told{id, title, body}
			buttons <- actions
			if title == "Failed" {
				return 8, nil
			}
			return 7, nil
		},
		"CloseNotification": func(id uint32) *dbus.Error { closed <- id; return nil },
	}, "/org/freedesktop/Notifications", notifications)
	if err == nil {
		_, err = bus.RequestName(notifications, dbus.NameFlagDoNotQueue)
	}
	if err != nil {
		t.Fatal(err)
	}
	pressed := make(chan click, 8)
	s, err := openSession(t.Logf, func(c click) { pressed <- c })
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	s.notify(stateSlot, nil) // nothing to take back
	s.notify(stateSlot, &notice{title: "No microphone", body: "plug <one> in"})
	s.notify(stateSlot, &notice{title: "Other", body: ""})
	s.notify(actionSlot, &notice{title: "Failed", body: ""})
	s.notify(stateSlot, nil)
	for i, want := range []told{{0, "No microphone", "plug &lt;one&gt; in"}, {7, "Other", ""}, {0, "Failed", ""}} {
		if g := wait(t, got); g != want {
			t.Errorf("notification %d: %+v, want %+v", i, g, want)
		}
	}
	if id := wait(t, closed); id != 7 {
		t.Errorf("closed %d", id)
	}
	for range 3 {
		wait(t, buttons)
	}
	// A button does what its notification says, once it is pressed, and no other key does.
	s.notify(stateSlot, &notice{title: "Gone", button: "Start", does: click{item: itemStart}})
	if b := wait(t, buttons); len(b) != 2 || b[0] != buttonKey || b[1] != "Start" {
		t.Errorf("buttons: %q", b)
	}
	wait(t, got)
	for _, key := range []string{"default", buttonKey} {
		if err := bus.Emit("/org/freedesktop/Notifications", notifications+".ActionInvoked", uint32(7), key); err != nil {
			t.Fatal(err)
		}
	}
	if c := wait(t, pressed); c.item != itemStart {
		t.Errorf("pressed %+v", c)
	}
	if len(pressed) > 0 {
		t.Error("another key did something, too")
	}
}

func wait[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(10 * time.Second):
		t.Fatal("nothing came")
	}
	return v
}

// One icon is enough, and a desktop without notifications does not hold it up.
func TestSession(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", dbustest.Start(t))
	a, err := openSession(t.Logf, func(click) {})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openSession(t.Logf, func(click) {}); !errors.Is(err, ErrShown) {
		t.Errorf("a second one: %v", err)
	}
	begin := time.Now()
	for range 100 {
		a.notify(stateSlot, &notice{title: "a", body: "b"})
	}
	if d := time.Since(begin); d > 10*time.Second {
		t.Errorf("100 notifications that nobody takes: %v", d)
	}
	a.close()
	b, err := openSession(t.Logf, func(click) {})
	if err != nil {
		t.Errorf("after the first one closed: %v", err)
	}
	b.close()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+t.TempDir()+"/none")
	if _, err := openSession(t.Logf, func(click) {}); !errors.Is(err, ErrNoTray) {
		t.Errorf("no bus: %v", err)
	}
}
