// Package keys has the desktop call stillmic when a key is pressed in any program, by the portal
// for global shortcuts (org.freedesktop.portal.GlobalShortcuts, version 1). The desktop asks the
// person which keys; what is let go of is told, too, so that a key can be held to talk.
package keys

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	portal    = "org.freedesktop.portal.Desktop"
	path      = "/org/freedesktop/portal/desktop"
	shortcuts = "org.freedesktop.portal.GlobalShortcuts"
	request   = "org.freedesktop.portal.Request"

	// patience is how long a person may take to choose keys.
	patience = 5 * time.Minute
)

// ErrNoPortal: this desktop has no global shortcuts.
var ErrNoPortal = errors.New("this desktop offers no global shortcuts")

// ErrRefused: the person, or the desktop, does not want them.
var ErrRefused = errors.New("the shortcuts were not set")

// Shortcut is something that a key can do.
type Shortcut struct{ ID, Description string }

// Event says that the key of a shortcut went down or up.
type Event struct {
	ID   string
	Down bool
}

// Bound is a shortcut with its keys, as the desktop writes them: "Ctrl+Alt+M", or "" for none.
type Bound struct{ ID, Keys string }

// Handlers are told what happens to shortcuts, in the order in which it happens.
type Handlers struct {
	// Bound is called with the keys of all shortcuts when they are bound, and when the person changes them.
	Bound func([]Bound)
	// Pressed is called when a key goes down or up.
	Pressed func(Event)
}

// Listen binds shortcuts and has handlers told of them until ctx ends or the bus is lost. appID is
// the name of the program's desktop file without the suffix, by which the desktop remembers the keys.
func Listen(ctx context.Context, bus *dbus.Conn, appID string, list []Shortcut, told Handlers) error {
	p := portalClient{bus: bus, object: bus.Object(portal, path), signals: make(chan *dbus.Signal, 64)}
	bus.Signal(p.signals)
	defer bus.RemoveSignal(p.signals)
	for _, of := range []string{request, shortcuts} {
		if err := bus.AddMatchSignalContext(ctx, dbus.WithMatchInterface(of), dbus.WithMatchSender(portal)); err != nil {
			return fmt.Errorf("listen to the desktop: %w", err)
		}
	}
	// Who is not started by a desktop file says who it is; older portals do without.
	_ = p.object.CallWithContext(ctx, "org.freedesktop.host.portal.Registry.Register", 0, appID, map[string]dbus.Variant{}).Err
	session, err := p.createSession(ctx)
	if err != nil {
		return err
	}
	// A bus that ctx has closed takes no call: one that waits for its own end would wait for ever.
	defer bus.Object(portal, session).Go("org.freedesktop.portal.Session.Close", dbus.FlagNoReplyExpected, nil)
	bound, err := p.bind(ctx, session, list)
	if err != nil {
		return err
	}
	told.Bound(bound)
	for {
		s, err := p.next(ctx)
		if err != nil {
			return err
		}
		if len(s.Body) < 2 || s.Body[0] != session {
			continue
		}
		switch id, _ := s.Body[1].(string); s.Name {
		case shortcuts + ".Activated", shortcuts + ".Deactivated":
			told.Pressed(Event{id, s.Name == shortcuts+".Activated"})
		case shortcuts + ".ShortcutsChanged":
			told.Bound(readBound(s.Body[1]))
		}
	}
}

type portalClient struct {
	bus     *dbus.Conn
	object  dbus.BusObject
	signals chan *dbus.Signal
}

// next waits for a signal.
func (p portalClient) next(ctx context.Context) (*dbus.Signal, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.bus.Context().Done():
		return nil, errors.New("the session bus is gone")
	case s := <-p.signals:
		return s, nil
	}
}

func (p portalClient) createSession(ctx context.Context) (dbus.ObjectPath, error) {
	results, err := p.ask(ctx, "CreateSession", map[string]dbus.Variant{
		"handle_token": dbus.MakeVariant("new"), "session_handle_token": dbus.MakeVariant("stillmic")})
	if err != nil {
		return "", err
	}
	handle, _ := results["session_handle"].Value().(string)
	if path, isPath := results["session_handle"].Value().(dbus.ObjectPath); isPath {
		handle = string(path)
	}
	if !dbus.ObjectPath(handle).IsValid() {
		return "", fmt.Errorf("%w: the portal names no session", ErrNoPortal)
	}
	return dbus.ObjectPath(handle), nil
}

// entry is a shortcut as the portal has it.
type entry struct {
	ID      string
	Details map[string]dbus.Variant
}

// bind has the desktop ask the person for keys, or take those of before.
func (p portalClient) bind(ctx context.Context, session dbus.ObjectPath, list []Shortcut) ([]Bound, error) {
	var all []entry
	for _, s := range list {
		all = append(all, entry{s.ID, map[string]dbus.Variant{"description": dbus.MakeVariant(s.Description)}})
	}
	options := map[string]dbus.Variant{"handle_token": dbus.MakeVariant("bind")}
	results, err := p.ask(ctx, "BindShortcuts", session, all, "", options)
	if err != nil {
		return nil, err
	}
	return readBound(results["shortcuts"].Value()), nil
}

// readBound reads the portal's list of shortcuts; one that is none, or nil, has no keys.
func readBound(list any) (all []Bound) {
	var entries []entry
	if list == nil || dbus.Store([]any{list}, &entries) != nil {
		return nil
	}
	for _, e := range entries {
		keys, _ := e.Details["trigger_description"].Value().(string)
		all = append(all, Bound{e.ID, keys})
	}
	return all
}

// ask calls a method of the portal, whose answer comes as a signal of a request.
func (p portalClient) ask(ctx context.Context, method string, args ...any) (map[string]dbus.Variant, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var handle dbus.ObjectPath
	if err := p.object.CallWithContext(ctx, shortcuts+"."+method, 0, args...).Store(&handle); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoPortal, err)
	}
	for {
		s, err := p.next(ctx)
		if err != nil {
			return nil, err
		}
		if s.Name != request+".Response" || s.Path != handle || len(s.Body) != 2 {
			continue
		}
		if code, ok := s.Body[0].(uint32); !ok || code != 0 {
			return nil, fmt.Errorf("%w (%s, answer %v)", ErrRefused, method, s.Body[0])
		}
		results, _ := s.Body[1].(map[string]dbus.Variant)
		return results, nil
	}
}
