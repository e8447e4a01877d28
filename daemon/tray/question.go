package tray

import (
	"time"

	limits "github.com/stillmic/stillmic/daemon/strength"
)

// question is what a person is asked before something that a call would notice.
type question struct{ body, button string }

// asks returns the question before a click, nil for none.
func (v view) asks(c click) *question {
	switch {
	case v.apps == "" || c.sure:
		return nil
	case c.item == itemStop:
		return &question{"notice.in-use-stop", "notice.stop"}
	case c.item == itemPower && v.cleaning, c.item == itemStrength && c.id == limits.Off.String():
		return &question{"notice.in-use-off", "notice.off"}
	case c.item == itemQuit:
		return &question{"notice.in-use-hide", "notice.hide"}
	}
	return nil
}

// sure reports whether a click is to be done. While a program uses the microphone some are asked
// about first: the same click again, or the button of the question, says yes.
func (ctl *controller) sure(v view, c click) bool {
	q := v.asks(c)
	if q == nil || v.asked == c {
		ctl.m.asked, ctl.m.question = time.Time{}, click{}
		return true
	}
	ctl.m.asked, ctl.m.question = time.Now(), c
	text := ctl.m.text
	c.sure = true
	ctl.menu.notify(actionSlot, &notice{
		title: text.Text("notice.in-use", "apps", v.apps), body: text.Text(q.body), button: text.Text(q.button), does: c,
	})
	return false
}
