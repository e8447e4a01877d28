package tray

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/keys"
)

// shortcutIDs are what keys can do, as the desktop remembers them.
var shortcutIDs = []string{"mute", "bypass", string(control.PushToTalk), string(control.PushToMute)}

// listenToKeys has the desktop's keys do what they are for. asked says that the person wants to
// choose them now, and is to be told why that fails.
func (ctl *controller) listenToKeys(ctx context.Context, asked bool) {
	var list []keys.Shortcut
	for _, id := range shortcutIDs {
		list = append(list, keys.Shortcut{ID: id, Description: ctl.m.text.Text("keys." + id)})
	}
	bound := func(list []keys.Bound) {
		ctl.news(ctx, func(m *model) { m.bound = list })
		if asked {
			ctl.tellKeys(list)
		}
		asked = false
	}
	err := ctl.o.Keys(ctx, list, keys.Handlers{Bound: bound, Pressed: func(e keys.Event) { ctl.key(ctx, e) }})
	ctl.news(ctx, func(m *model) { m.keys, m.bound = false, nil })
	switch {
	case ctx.Err() != nil:
	case asked && errors.Is(err, keys.ErrNoPortal):
		ctl.menu.notify(actionSlot, &notice{title: ctl.m.text.Text("notice.failed"), body: ctl.m.text.Text("keys.none")})
	default:
		if asked {
			ctl.menu.notify(actionSlot, &notice{title: ctl.m.text.Text("notice.failed"), body: ctl.m.text.Text("keys.failed")})
		}
		ctl.o.Log("keyboard shortcuts: %v", err)
	}
}

// tellKeys tells the person which keys there are.
func (ctl *controller) tellKeys(list []keys.Bound) {
	text := ctl.m.text
	var lines []string
	for _, b := range list {
		if b.Keys != "" {
			lines = append(lines, title(text.Text("keys."+b.ID), b.Keys))
		}
	}
	if len(lines) == 0 {
		lines = []string{text.Text("keys.unset")}
	}
	ctl.menu.notify(actionSlot, &notice{title: text.Text("keys"), body: strings.Join(lines, "\n")})
}

// key does what a key is for. It is called for one after another, so that letting go comes last.
func (ctl *controller) key(ctx context.Context, e keys.Event) {
	d := ctl.o.Daemon
	var s control.Status
	var err error
	switch mode := control.TalkMode(e.ID); {
	case mode == control.PushToTalk || mode == control.PushToMute:
		// The mode comes with the key: who holds one to talk wants to be silent otherwise.
		s, err = d.SetTalk(ctx, control.TalkChange{Mode: &mode, Pressed: &e.Down})
	case !e.Down:
		return
	case e.ID == "mute":
		if s, err = d.Status(ctx); err == nil {
			s, err = d.SetMute(ctx, !s.Mute)
		}
	case e.ID == "bypass":
		if s, err = d.Status(ctx); err == nil {
			s, err = d.SetBypass(ctx, !s.Bypass)
		}
	default:
		return
	}
	if err != nil {
		ctl.o.Log("key %s: %v", e.ID, err)
		return
	}
	ctl.news(ctx, func(m *model) { m.update(s, time.Now()) })
}

// keysByID returns the keys of each shortcut that has some.
func (m *model) keysByID() map[string]string {
	all := map[string]string{}
	for _, b := range m.bound {
		all[b.ID] = b.Keys
	}
	return all
}

// withKeys is the name of an item with the keys that do the same.
func withKeys(name, keys string) string {
	if keys == "" {
		return name
	}
	return fmt.Sprintf("%s (%s)", name, keys)
}
