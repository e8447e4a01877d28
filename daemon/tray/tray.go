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
	"sync"
	"time"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/keys"
	"github.com/stillmic/stillmic/daemon/messages"
)

// Options says what the icon talks to.
type Options struct {
	Daemon *control.Client

	// Text is what people read.
	Text messages.Catalog

	// Start starts the daemon, Stop stops the one with this process id.
	Start func() error
	Stop  func(pid int) error
	// Keys listens to global shortcuts until ctx ends; see package keys. nil: there are none.
	Keys func(ctx context.Context, list []keys.Shortcut, told keys.Handlers) error
	// KeysWanted reports whether the person has asked for them before.
	KeysWanted func() bool
	// Greet reports whether the person is to be told how to begin; only once.
	Greet func() bool
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
	// updateInterval is how often time alone may change what is shown.
	updateInterval = 500 * time.Millisecond

	// retry is how often an absent daemon is looked for.
	retry = time.Second
)

// action is what a click wants done.
type action func(ctx context.Context) error

// itemKind names an item of the menu.
type itemKind int

const (
	itemPower itemKind = iota + 1 // 0 is none
	itemMute
	itemStrength
	itemPreset
	itemMicrophone
	itemLatency
	itemDefault // make it the system's default
	itemSpeaker // clean what others say
	itemOthers  // how much of their noise is removed
	itemOutput  // where they are heard
	itemEcho    // keep loudspeakers out of the microphone
	itemFocus   // whose voices stay
	itemTest
	itemPage
	itemStart
	itemStop
	itemKeys
	itemPutBack
	itemQuit
)

// click is an item that was chosen; id says which one of a list, or the programs that are meant, a
// line each. sure is a click that answers a question.
type click struct {
	item itemKind
	id   string
	sure bool
}

// slot keeps two things apart that a person may be told at the same time.
type slot int

const (
	stateSlot  slot = iota // what is wrong, for as long as it is
	actionSlot             // what came of a click
)

// display is the toolkit's side.
type display interface {
	show(v view)
	clicks() <-chan click
	notify(about slot, n *notice) // nil takes it back
}

// controller owns the model.
type controller struct {
	o       Options
	m       *model
	menu    display
	in      chan func(*model) // news, from any goroutine
	todo    chan action       // for the worker
	alerted *notice           // what the person has been told

	jobs sync.WaitGroup // what runs beside the loop
}

// run shows the icon's state until ctx ends or the person closes it. All that it has
// begun has ended when it returns.
func (ctl *controller) run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer ctl.jobs.Wait()
	defer cancel()
	ctl.jobs.Go(func() { ctl.follow(ctx) })
	ctl.jobs.Go(func() { ctl.work(ctx) })
	if ctl.o.Keys != nil && ctl.o.KeysWanted() {
		ctl.m.keys = true
		ctl.jobs.Go(func() { ctl.listenToKeys(ctx, false) })
	}
	t := time.NewTicker(updateInterval)
	defer t.Stop()
	for {
		ctl.menu.show(ctl.m.view(time.Now()))
		ctl.alert(ctl.m.alert(time.Now()))
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		case news := <-ctl.in:
			news(ctl.m)
		case c := <-ctl.menu.clicks():
			v := ctl.m.view(time.Now())
			if !ctl.sure(v, c) {
				continue
			}
			if c.item == itemQuit {
				return
			}
			ctl.clicked(ctx, v, c)
		}
	}
}

// alert notifies the person of something new, once.
func (ctl *controller) alert(n *notice) {
	if n == nil && ctl.alerted == nil || n != nil && ctl.alerted != nil && *n == *ctl.alerted {
		return
	}
	ctl.alerted = n
	ctl.menu.notify(stateSlot, n)
}

// news hands the controller what has happened.
func (ctl *controller) news(ctx context.Context, f func(*model)) {
	select {
	case ctl.in <- f:
	case <-ctx.Done():
	}
}

// work does what clicks want, one after another.
func (ctl *controller) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case do := <-ctl.todo:
			if err := do(ctx); err != nil && ctx.Err() == nil {
				ctl.menu.notify(actionSlot, &notice{title: ctl.m.text.Text("notice.failed"), body: ctl.m.refused(err.Error())})
			}
		}
	}
}

// do runs an action in the worker; a full queue means that the daemon is stuck, and more
// clicks would only come as a surprise later.
func (ctl *controller) do(a action) {
	select {
	case ctl.todo <- a:
	default:
		ctl.o.Log("dropped a click: the daemon has not answered the earlier ones")
	}
}
