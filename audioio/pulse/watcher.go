package pulse

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
)

// change is an event, and what has to be known to tell it on.
type change struct {
	audioio.Event
	index uint32        // the server's index of the device, or the number of listeners
	level audioio.Level // of a device that is new, or of which it changed
}

// Events returns the changes since Dial. What a slow reader misses is
// coalesced: the events lead from what it was told last to what is now, so
// that a device that came and went in between is not mentioned. The channel is
// closed after EventServerGone, or when p is closed.
func (p *Server) Events() <-chan audioio.Event { return p.watch.events }

// watcher keeps the snapshot of the server up to date and reports differences.
type watcher struct {
	p      *Server
	events chan audioio.Event
	dirty  chan struct{} // one token: something changed on the server
	heard  chan struct{} // one token: a recording did
	undo   chan struct{} // one token: somebody did something to the way into the virtual microphone
	chosen atomic.Bool   // what changed may be the default device
	quit   chan struct{}
	ended  chan struct{}
	once   sync.Once

	chosenAt atomic.Pointer[time.Time] // when chosen was so last
	callers  callers

	devices atomic.Pointer[[]knownDevice] // as seen last; nil while they may be others
	index   uint32                        // of the virtual microphone when it was seen last, or none

	listeners atomic.Int64
	tended    atomic.Pointer[VirtualMic] // nil if none
	own       atomic.Pointer[string]     // name of the virtual microphone, nil if none
	hear      atomic.Pointer[func(int)]  // is told its listeners, or notThere
}

func newWatcher(p *Server) *watcher {
	return &watcher{p: p, events: make(chan audioio.Event), dirty: make(chan struct{}, 1), heard: make(chan struct{}, 1),
		undo: make(chan struct{}, 1), index: noStream,
		quit: make(chan struct{}), ended: make(chan struct{})}
}

// message notes, on the reader of the control connection, that there is
// something to look at.
func (w *watcher) message(msg any) {
	m, ok := msg.(*proto.SubscribeEvent)
	if !ok {
		return
	}
	switch m.Event.GetFacility() {
	case proto.EventSinkSourceOutput:
		put(w.heard)
	case proto.EventSink, proto.EventSinkSinkInput:
		if mic := w.tended.Load(); mic != nil && mic.concerns(m) {
			put(w.undo)
		}
	case proto.EventServer:
		w.chosen.Store(true)
		now := time.Now()
		w.chosenAt.Store(&now)
		w.touch()
	default:
		w.touch()
	}
}

func (w *watcher) touch() {
	w.devices.Store(nil)
	put(w.dirty)
}

// put puts the token into a channel unless it is there.
func put(token chan struct{}) {
	select {
	case token <- struct{}{}:
	default:
	}
}

// start subscribes, takes the first snapshot and begins to report.
func (w *watcher) start() error {
	mask := proto.SubscriptionMaskSource | proto.SubscriptionMaskServer | proto.SubscriptionMaskSourceInput
	if w.p.bestPath() == PathSink {
		mask |= proto.SubscriptionMaskSink | proto.SubscriptionMaskSinkInput
	}
	if err := w.p.ctl.Request("subscribe to changes", &proto.Subscribe{Mask: mask}, nil); err != nil {
		return err
	}
	now, err := w.refresh()
	if err != nil {
		return err
	}
	go w.run(now)
	return nil
}

func (w *watcher) stop() {
	w.once.Do(func() { close(w.quit) })
	<-w.ended
}

const (
	// refreshAgain is when a picture is taken once more after news: PipeWire tells of
	// a new default device before its answers know of it. On a busy machine that may
	// take long, so it is taken again after twice as long, and twice more: 0.2, 0.6,
	// 1.4 and 3 s after the news.
	refreshAgain = 200 * time.Millisecond
	refreshLast  = 8 * refreshAgain

	// refreshOften is for how long, after news that may be of a new default, it is looked
	// each refreshAgain: the microphone that nobody speaks into is heard meanwhile.
	refreshOften = 3 * time.Second
)

// run reports, event by event, the way from what was reported to what is.
func (w *watcher) run(reported snapshot) {
	defer close(w.ended)
	defer close(w.events)
	var pending []change
	var again <-chan time.Time
	var wait time.Duration // until again
	var often time.Time    // until then refreshAgain is not exceeded
	later := func(d time.Duration) {
		if time.Now().Before(often) {
			d = refreshAgain
		}
		wait, again = d, time.After(d)
	}
	seen := reported.clone()
	// An error of either is the connection's end, which is reported by gone.
	refresh := func() {
		if now, err := w.refresh(); err == nil {
			seen = now
			pending = difference(reported, now)
		}
	}
	count := func() {
		if n, err := w.count(); err == nil {
			seen.listeners = n
			pending = difference(reported, seen)
		}
	}
	gone := w.p.ctl.Done
	for {
		var out chan audioio.Event
		var next change
		if len(pending) > 0 {
			out, next = w.events, pending[0]
		}
		select {
		case <-w.quit:
			return
		case out <- next.Event:
			pending = pending[1:]
			reported.apply(next)
			if next.Kind == audioio.EventServerGone {
				return
			}
		case <-gone:
			gone = nil
			pending = append(pending, change{Event: audioio.Event{Kind: audioio.EventServerGone}})
		case <-w.dirty:
			if gone == nil {
				continue
			}
			if w.chosen.Swap(false) {
				often = time.Now().Add(refreshOften)
			}
			refresh()
			later(refreshAgain)
		case <-w.heard:
			if gone == nil {
				continue
			}
			count()
			later(refreshAgain)
		case <-w.undo:
			if gone == nil {
				continue
			}
			w.tend()
		case <-again:
			again = nil
			if gone == nil {
				continue
			}
			if refresh(); wait < refreshLast {
				later(2 * wait)
			}
		}
	}
}

// notThere is told instead of a number of listeners when the virtual
// microphone has vanished.
const notThere = -1

// onListeners has f told the number of listeners whenever it was counted.
func (w *watcher) onListeners(f func(int)) {
	if f == nil {
		w.hear.Store(nil)
		return
	}
	w.hear.Store(&f)
	w.touch()
}

// refresh takes a snapshot of the server, and counts the listeners of the virtual microphone.
func (w *watcher) refresh() (snapshot, error) {
	looking := new([]knownDevice) // news that come meanwhile take it away
	w.devices.Store(looking)
	sources, err := w.p.sources()
	if err != nil {
		return snapshot{}, err
	}
	w.devices.CompareAndSwap(looking, &sources)
	pic := snapshot{devices: make(map[uint32]audioio.Device, len(sources)), levels: make(map[uint32]audioio.Level, len(sources))}
	own := w.own.Load()
	w.index = noStream
	for _, s := range sources {
		pic.devices[s.index], pic.levels[s.index] = s.Device, s.level
		if s.Default {
			pic.defaultName = s.Name
		}
		if own != nil && s.Name == *own {
			w.index = s.index
		}
	}
	pic.listeners, err = w.count()
	w.tend()
	return pic, err
}

// tend has the virtual microphone look after itself. An error is the connection's end, which
// is reported by gone, or the server's answer that what is to be mended has just gone.
func (w *watcher) tend() {
	if m := w.tended.Load(); m != nil {
		_ = m.tend()
	}
}

// count counts the listeners of the virtual microphone. It is all that is looked
// at when a recording begins or ends, for somebody waits to be heard.
func (w *watcher) count() (n int, err error) {
	heard := notThere
	if w.index != noStream {
		if n, err = w.countListeners(); err != nil {
			return 0, err
		}
		heard = n
	}
	w.listeners.Store(int64(n))
	if f := w.hear.Load(); f != nil {
		(*f)(heard)
	}
	return n, nil
}

// countListeners counts the running recordings of the virtual microphone, without level
// meters, and puts back those that the server has moved off.
func (w *watcher) countListeners() (int, error) {
	var reply proto.GetSourceOutputInfoListReply
	if err := w.p.ctl.Request("list recordings", &proto.GetSourceOutputInfoList{}, &reply); err != nil {
		return 0, err
	}
	n := 0
	for _, r := range reply {
		if r.SourceIndex == w.index && !r.Corked && !isMeter(r) {
			n++
		}
	}
	var chosen time.Time
	if at := w.chosenAt.Load(); at != nil {
		chosen = *at
	}
	w.putBack(w.callers.check(reply, w.index, chosen, time.Now()))
	return n, nil
}
