package tray

import (
	"context"
	"errors"
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
	err := ctl.o.Keys(ctx, list, func(e keys.Event) { ctl.key(ctx, e) })
	ctl.news(ctx, func(m *model) { m.keys = false })
	switch {
	case ctx.Err() != nil:
	case asked && errors.Is(err, keys.ErrNoPortal):
		ctl.menu.notify(actionSlot, &notice{title: ctl.m.text.Text("notice.failed"), body: ctl.m.text.Text("keys.none")})
	default:
		ctl.o.Log("keyboard shortcuts: %v", err)
	}
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
