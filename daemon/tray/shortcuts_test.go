package tray

import (
	"context"
	"fmt"
	"testing"

	"github.com/stillmic/stillmic/daemon/keys"
)

// Whoever asks for keys is told what came of it, whatever went wrong; at the start nobody asked.
func TestKeysFail(t *testing.T) {
	for _, c := range []struct {
		err   error
		asked bool
		body  string
	}{
		{fmt.Errorf("%w: no such name", keys.ErrNoPortal), true, english().Text("keys.none")},
		{fmt.Errorf("%w (BindShortcuts, answer 1)", keys.ErrRefused), true, english().Text("keys.failed")},
		{context.DeadlineExceeded, true, english().Text("keys.failed")},
		{keys.ErrRefused, false, ""},
		{keys.ErrNoPortal, false, ""},
	} {
		d := &told{}
		ctl := &controller{m: newModel(english(), began), menu: d, in: make(chan func(*model), 1), o: Options{
			Keys: func(context.Context, []keys.Shortcut, keys.Handlers) error { return c.err },
			Log:  func(string, ...any) {},
		}}
		ctl.listenToKeys(t.Context(), c.asked)
		body := ""
		for _, n := range d.notices {
			body += n.body
		}
		if body != c.body {
			t.Errorf("%v, asked %v: the person is told %q, want %q", c.err, c.asked, body, c.body)
		}
	}
}
