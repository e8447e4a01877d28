// Package tray is the icon in the panel: it shows what the daemon does and
// tells it what the person wants.
//
// What is known lives in a model without a clock or toolkit; one goroutine
// feeds it and shows its view. Whatever may take time (the daemon, the session
// bus, a program that is started) runs elsewhere, so that the menu always opens.
package tray

import (
	"context"
	"errors"
	"time"

	"github.com/stillmic/stillmic/daemon/control"
)

// Options says what the icon talks to.
type Options struct {
	Daemon *control.Client

	// Start starts the daemon.
	Start func() error
	// Page opens the web page.
	Page func(ctx context.Context) error
	// Test records the microphone, plays it before and after, and says what
	// has changed.
	Test func(ctx context.Context) (string, error)

	// Log gets what only matters to somebody who looks for a fault.
	Log func(format string, args ...any)
}

// ErrNoTray: there is no desktop session, or this program has been built
// without an icon for this system.
var ErrNoTray = errors.New("no icon can be shown")

// ErrShown: this desktop shows the icon already.
var ErrShown = errors.New("the icon is already in the panel")

const (
	// beat is how often time alone may change what is shown.
	beat = 500 * time.Millisecond

	// retry is how often an absent daemon is looked for.
	retry = time.Second
)

// action is what a click wants done.
type action func(ctx context.Context) error

// slot keeps two things apart that a person may be told at the same time.
type slot int

const (
	stateSlot  slot = iota // what is wrong, for as long as it is
	actionSlot             // what came of a click
)

// shown is the toolkit's side.
type shown interface {
	show(v view)
	clicks() <-chan click
	notify(about slot, n *notice) // nil takes it back
}

// heart owns the model.
type heart struct {
	o     Options
	m     *model
	menu  shown
	in    chan func(*model) // news, from any goroutine
	todo  chan action       // for the worker
	calls *notice           // what the person has been told
}

// beatUntil shows the icon's state until ctx ends or the person closes it.
func (h *heart) beatUntil(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go h.follow(ctx)
	go h.work(ctx)
	t := time.NewTicker(beat)
	defer t.Stop()
	for {
		h.menu.show(h.m.view(time.Now()))
		h.tell(h.m.call(time.Now()))
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		case news := <-h.in:
			news(h.m)
		case c := <-h.menu.clicks():
			if c.what == quit {
				return
			}
			h.clicked(ctx, c)
		}
	}
}

// tell notifies the person of something new, once.
func (h *heart) tell(n *notice) {
	if n == nil && h.calls == nil || n != nil && h.calls != nil && *n == *h.calls {
		return
	}
	h.calls = n
	h.menu.notify(stateSlot, n)
}

// news hands the heart what has happened.
func (h *heart) news(ctx context.Context, f func(*model)) {
	select {
	case h.in <- f:
	case <-ctx.Done():
	}
}

// work does what clicks want, one after another.
func (h *heart) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case do := <-h.todo:
			if err := do(ctx); err != nil && ctx.Err() == nil {
				h.menu.notify(actionSlot, &notice{"That did not work", capital(err.Error())})
			}
		}
	}
}

// do runs an action in the worker; a full queue means that the daemon is stuck, and more
// clicks would only come as a surprise later.
func (h *heart) do(a action) {
	select {
	case h.todo <- a:
	default:
		h.o.Log("dropped a click: the daemon has not answered the earlier ones")
	}
}
