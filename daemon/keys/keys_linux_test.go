package keys

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/stillmic/stillmic/daemon/dbustest"
)

// stubPortal stands for a desktop's portal on a private bus: it answers as the interface's
// description has it, and presses keys when it is told to.
type stubPortal struct {
	bus    *dbus.Conn
	refuse bool

	mu    sync.Mutex
	bound []string
}

const stubSession = dbus.ObjectPath("/org/freedesktop/portal/desktop/session/1_1/stillmic")

func (p *stubPortal) answer(token dbus.Variant, results map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	handle := dbus.ObjectPath("/org/freedesktop/portal/desktop/request/1_1/" + token.Value().(string))
	code := uint32(0)
	if p.refuse {
		code = 1
	}
	time.AfterFunc(20*time.Millisecond, func() { _ = p.bus.Emit(handle, request+".Response", code, results) })
	return handle, nil
}

func (p *stubPortal) CreateSession(options map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	return p.answer(options["handle_token"], map[string]dbus.Variant{"session_handle": dbus.MakeVariant(string(stubSession))})
}

func (p *stubPortal) BindShortcuts(session dbus.ObjectPath, list []struct {
	ID      string
	Details map[string]dbus.Variant
}, _ string, options map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range list {
		p.bound = append(p.bound, s.ID+": "+s.Details["description"].Value().(string))
	}
	return p.answer(options["handle_token"], map[string]dbus.Variant{})
}

func (p *stubPortal) key(session dbus.ObjectPath, id, signal string) {
	_ = p.bus.Emit(path, shortcuts+"."+signal, session, id, uint64(1), map[string]dbus.Variant{})
}

// stub starts the bus with the portal, and a connection for the program.
func stub(t *testing.T, refuse bool) (*stubPortal, *dbus.Conn) {
	t.Helper()
	address := dbustest.Start(t)
	connect := func() *dbus.Conn {
		bus, err := dbus.Connect(address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = bus.Close() })
		return bus
	}
	p := &stubPortal{bus: connect(), refuse: refuse}
	if err := p.bus.Export(p, path, shortcuts); err != nil {
		t.Fatal(err)
	}
	if _, err := p.bus.RequestName(portal, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return p, connect()
}

// Keys go down and up in order; another program's session is none of ours.
func TestKeys(t *testing.T) {
	p, bus := stub(t, false)
	ctx, cancel := context.WithCancel(t.Context())
	events, ended := make(chan Event, 16), make(chan error, 1)
	go func() {
		ended <- Listen(ctx, bus, "stillmic-tray", []Shortcut{{"mute", "Mute"}, {"push-to-talk", "Hold to talk"}}, func(e Event) { events <- e })
	}()
	ready := func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.bound) == 2
	}
	for begin := time.Now(); !ready(); time.Sleep(time.Millisecond) {
		if time.Since(begin) > 20*time.Second {
			t.Fatal("nothing is bound")
		}
	}
	if want := []string{"mute: Mute", "push-to-talk: Hold to talk"}; !slices.Equal(p.bound, want) {
		t.Errorf("bound %q, want %q", p.bound, want)
	}
	time.Sleep(100 * time.Millisecond) // the answer is on its way
	p.key("/org/freedesktop/portal/desktop/session/1_2/other", "mute", "Activated")
	p.key(stubSession, "push-to-talk", "Activated")
	p.key(stubSession, "push-to-talk", "Deactivated")
	p.key(stubSession, "mute", "Activated")
	for i, want := range []Event{{"push-to-talk", true}, {"push-to-talk", false}, {"mute", true}} {
		select {
		case got := <-events:
			if got != want {
				t.Errorf("event %d: %+v, want %+v", i, got, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("event %d did not come", i)
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended by %v", err)
	}
}

// A person who does not want shortcuts, and a desktop that has none, are told apart.
func TestNoKeys(t *testing.T) {
	_, bus := stub(t, true)
	if err := Listen(t.Context(), bus, "stillmic-tray", nil, nil); !errors.Is(err, ErrRefused) {
		t.Errorf("refused: %v", err)
	}
	bare, err := dbus.Connect(dbustest.Start(t))
	if err != nil {
		t.Fatal(err)
	}
	defer bare.Close()
	if err := Listen(t.Context(), bare, "stillmic-tray", nil, nil); !errors.Is(err, ErrNoPortal) {
		t.Errorf("no portal: %v", err)
	}
}
