package keys

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/stillmic/stillmic/daemon/dbustest"
)

// stub starts a bus with a portal, and returns a connection for the program.
func stub(t *testing.T, keys map[string]string, options ...dbus.ConnOption) (*dbustest.Portal, *dbus.Conn) {
	t.Helper()
	address := dbustest.Start(t)
	connect := func(options ...dbus.ConnOption) *dbus.Conn {
		bus, err := dbus.Connect(address, options...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = bus.Close() })
		return bus
	}
	return dbustest.StartPortal(t, connect(), keys), connect(options...)
}

// The keys are named, go down and up in order, and may be changed; another program's session is
// none of ours.
func TestKeys(t *testing.T) {
	p, bus := stub(t, map[string]string{"mute": "Ctrl+Alt+M", "push-to-talk": ""})
	ctx, cancel := context.WithCancel(t.Context())
	events, bound, ended := make(chan Event, 16), make(chan []Bound, 16), make(chan error, 1)
	go func() {
		ended <- Listen(ctx, bus, "stillmic-tray", []Shortcut{{"mute", "Mute"}, {"push-to-talk", "Hold to talk"}},
			Handlers{Bound: func(list []Bound) { bound <- list }, Pressed: func(e Event) { events <- e }})
	}()
	isBound := func(want ...Bound) {
		t.Helper()
		select {
		case got := <-bound:
			if !slices.Equal(got, want) {
				t.Errorf("bound are %+v, want %+v", got, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("nothing is bound")
		}
	}
	isBound(Bound{"mute", "Ctrl+Alt+M"}, Bound{"push-to-talk", ""})
	if got, want := p.Bound(), []string{"mute: Mute", "push-to-talk: Hold to talk"}; !slices.Equal(got, want) {
		t.Errorf("bound %q, want %q", got, want)
	}
	p.PressOther("mute")
	p.Press("push-to-talk", true)
	p.Press("push-to-talk", false)
	p.Press("mute", true)
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
	p.Change("mute", "Ctrl+Alt+K")
	isBound(Bound{"mute", "Ctrl+Alt+K"}, Bound{"push-to-talk", ""})
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended by %v", err)
	}
}

// It ends with the connection, too, as that of the icon does when it is hidden.
func TestKeysEndWithTheBus(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, bus := stub(t, map[string]string{"mute": "Ctrl+Alt+M"}, dbus.WithContext(ctx))
	bound, ended := make(chan []Bound, 1), make(chan error, 1)
	go func() {
		ended <- Listen(ctx, bus, "stillmic-tray", []Shortcut{{"mute", "Mute"}}, Handlers{Bound: func(list []Bound) { bound <- list }})
	}()
	<-bound
	cancel()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("ended without an error")
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it listens on, with the bus closed")
	}
}

// A person who does not want shortcuts, and a desktop that has none, are told apart.
func TestNoKeys(t *testing.T) {
	_, bus := stub(t, nil)
	if err := Listen(t.Context(), bus, "stillmic-tray", nil, Handlers{}); !errors.Is(err, ErrRefused) {
		t.Errorf("refused: %v", err)
	}
	bare, err := dbus.Connect(dbustest.Start(t))
	if err != nil {
		t.Fatal(err)
	}
	defer bare.Close()
	if err := Listen(t.Context(), bare, "stillmic-tray", nil, Handlers{}); !errors.Is(err, ErrNoPortal) {
		t.Errorf("no portal: %v", err)
	}
}
