package tray

import (
	"testing"
	"time"

	"github.com/stillmic/stillmic/daemon/control"
)

// told is a display that keeps what it is told.
type told struct{ notices []notice }

func (*told) show(view)                  {}
func (*told) clicks() <-chan click       { return nil }
func (d *told) notify(_ slot, n *notice) { d.notices = append(d.notices, *n) }

// What a call would notice is asked about while a program uses the microphone: the same click again, or
// the button of the question, does it; another click asks anew. All else, and everything without a call,
// is done at once.
func TestAskedBefore(t *testing.T) {
	off := click{item: itemStrength, id: "off"}
	for _, c := range []struct {
		click click
		body  string
	}{
		{click{item: itemStop}, "Stopped, the microphone falls silent."},
		{click{item: itemPower}, "Callers will hear your room."},
		{off, "Callers will hear your room."},
		{click{item: itemQuit}, "Stillmic keeps running, without its icon."},
	} {
		d := &told{}
		ctl := &controller{m: newModel(english(), began), menu: d}
		sure := func(c click) bool { return ctl.sure(ctl.m.view(time.Now()), c) }
		ctl.m.update(running(nil), time.Now())
		if !sure(c.click) {
			t.Errorf("%+v without a call: asked", c.click)
		}
		ctl.m.update(running(func(s *control.Status) { s.Apps = []string{"Zoom"} }), time.Now())
		if sure(c.click) || len(d.notices) != 1 {
			t.Fatalf("%+v in a call: not asked, %+v", c.click, d.notices)
		}
		n := d.notices[0]
		if n.title != "Stillmic is in use by Zoom" || n.body != c.body || n.button == "" {
			t.Errorf("%+v", n)
		}
		if sure(click{item: itemStop, id: "other"}) {
			t.Error("the answer to one question was taken for another")
		}
		if sure(c.click) {
			t.Errorf("%+v after another question: not asked", c.click)
		}
		if !sure(c.click) || !sure(n.does) {
			t.Errorf("%+v for the second time, or by the button: asked again", c.click)
		}
		for _, other := range []click{{item: itemMute}, {item: itemStrength, id: "max"}, {item: itemPage}} {
			if !sure(other) {
				t.Errorf("%+v: asked", other)
			}
		}
		sure(c.click)
		ctl.m.asked = time.Now().Add(-askedFor)
		if sure(c.click) {
			t.Errorf("%+v: a question holds for ever", c.click)
		}
		ctl.m.status.Bypass = true
		if c.click.item == itemPower && !sure(c.click) {
			t.Error("asked before noise removal is switched on")
		}
	}
}
