//go:build linux

package dbustest

import (
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	portalPath  = "/org/freedesktop/portal/desktop"
	shortcuts   = "org.freedesktop.portal.GlobalShortcuts"
	ourSession  = dbus.ObjectPath("/org/freedesktop/portal/desktop/session/1_1/stillmic")
	answerAfter = 20 * time.Millisecond
)

// Portal stands for a desktop's portal for global shortcuts on a private bus: it answers as the
// interface's description has it, and presses keys when it is told to.
type Portal struct {
	bus    *dbus.Conn
	refuse bool

	mu    sync.Mutex
	bound []string // descriptions of the shortcuts, in their order
	keys  map[string]string
}

// StartPortal claims the portal's name on a bus. The person has chosen keys for some shortcuts, or,
// where they are nil, wants none when asked for them, as by closing the dialog.
func StartPortal(t *testing.T, bus *dbus.Conn, keys map[string]string) *Portal {
	t.Helper()
	p := &Portal{bus: bus, refuse: keys == nil, keys: maps.Clone(keys)}
	err := bus.ExportMethodTable(map[string]any{"CreateSession": p.createSession, "BindShortcuts": p.bind}, portalPath, shortcuts)
	if err == nil {
		_, err = bus.RequestName("org.freedesktop.portal.Desktop", dbus.NameFlagDoNotQueue)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// portalEntry is a shortcut as the portal has it.
type portalEntry struct {
	ID      string
	Details map[string]dbus.Variant
}

// What a request is answered by.
const (
	granted   = uint32(0)
	cancelled = uint32(1)
)

// answer answers a request a little later, as a person would.
func (p *Portal) answer(token dbus.Variant, code uint32, results map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	handle := dbus.ObjectPath(portalPath + "/request/1_1/" + token.Value().(string))
	time.AfterFunc(answerAfter, func() { _ = p.bus.Emit(handle, "org.freedesktop.portal.Request.Response", code, results) })
	return handle, nil
}

func (p *Portal) createSession(options map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	session := dbus.MakeVariant(string(ourSession))
	return p.answer(options["handle_token"], granted, map[string]dbus.Variant{"session_handle": session})
}

func (p *Portal) bind(_ dbus.ObjectPath, list []portalEntry, _ string, options map[string]dbus.Variant) (
	dbus.ObjectPath, *dbus.Error,
) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bound = nil
	for _, s := range list {
		p.bound = append(p.bound, s.ID+": "+s.Details["description"].Value().(string))
	}
	if p.refuse {
		return p.answer(options["handle_token"], cancelled, nil)
	}
	return p.answer(options["handle_token"], granted, map[string]dbus.Variant{"shortcuts": dbus.MakeVariant(p.entries())})
}

// entries lists the shortcuts that have keys. The caller holds mu.
func (p *Portal) entries() []portalEntry {
	list := []portalEntry{}
	for _, id := range slices.Sorted(maps.Keys(p.keys)) {
		list = append(list, portalEntry{id, map[string]dbus.Variant{"trigger_description": dbus.MakeVariant(p.keys[id])}})
	}
	return list
}

// Bound returns what was bound: each shortcut's ID and description.
func (p *Portal) Bound() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.bound)
}

// Press has the key of a shortcut go down, or up.
func (p *Portal) Press(id string, down bool) { p.press(ourSession, id, down) }

// PressOther has a key of another program's shortcut of the same name go down.
func (p *Portal) PressOther(id string) { p.press(portalPath+"/session/1_2/other", id, true) }

func (p *Portal) press(session dbus.ObjectPath, id string, down bool) {
	signal := map[bool]string{true: "Activated", false: "Deactivated"}[down]
	_ = p.bus.Emit(portalPath, shortcuts+"."+signal, session, id, uint64(1), map[string]dbus.Variant{})
}

// Change has the person choose another key for a shortcut.
func (p *Portal) Change(id, keys string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys[id] = keys
	_ = p.bus.Emit(portalPath, shortcuts+".ShortcutsChanged", ourSession, p.entries())
}
