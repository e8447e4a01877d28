package tray

import (
	"errors"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/stillmic/stillmic/daemon/bustest"
)

// What a person is told arrives at the desktop's service, replaces what was
// told before, and is taken back.
func TestNotifications(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", bustest.Start(t))
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	type told struct {
		replaces    uint32
		title, body string
	}
	got, closed := make(chan told, 8), make(chan uint32, 8)
	err = bus.ExportMethodTable(map[string]any{
		"Notify": func(_ string, id uint32, _, title, body string, _ []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
			got <- told{id, title, body}
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
	s, err := openSession(t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	s.notify(stateSlot, nil) // nothing to take back
	s.notify(stateSlot, &notice{"No microphone", "plug <one> in"})
	s.notify(stateSlot, &notice{"Other", ""})
	s.notify(actionSlot, &notice{"Failed", ""})
	s.notify(stateSlot, nil)
	for i, want := range []told{{0, "No microphone", "plug &lt;one&gt; in"}, {7, "Other", ""}, {0, "Failed", ""}} {
		if g := wait(t, got); g != want {
			t.Errorf("notification %d: %+v, want %+v", i, g, want)
		}
	}
	if id := wait(t, closed); id != 7 {
		t.Errorf("closed %d", id)
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
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", bustest.Start(t))
	a, err := openSession(t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openSession(t.Logf); !errors.Is(err, ErrShown) {
		t.Errorf("a second one: %v", err)
	}
	begin := time.Now()
	for range 100 {
		a.notify(stateSlot, &notice{"a", "b"})
	}
	if d := time.Since(begin); d > 10*time.Second {
		t.Errorf("100 notifications that nobody takes: %v", d)
	}
	a.close()
	b, err := openSession(t.Logf)
	if err != nil {
		t.Errorf("after the first one closed: %v", err)
	}
	b.close()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+t.TempDir()+"/none")
	if _, err := openSession(t.Logf); !errors.Is(err, ErrNoTray) {
		t.Errorf("no bus: %v", err)
	}
}
