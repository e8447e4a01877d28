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

	recordings uint64 // as in snapshot
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
	quit   chan struct{}
	ended  chan struct{}
	once   sync.Once

	recordings chan struct{} // one token: a recording did
	tampered   chan struct{} // one token: somebody did something to the way into the virtual microphone

	chosen atomic.Bool // what changed may be the default device

	defaultName string    // the default device as seen last
	chosenAt    time.Time // when it was seen to be another one
	moves       moves

	defaultIndex uint32 // of the default device

	devices atomic.Pointer[[]knownDevice] // as seen last; nil while they may be others
	index   uint32                        // of the virtual microphone when it was seen last, or none

	fingerprint uint64 // of who records what, as seen last

	listeners atomic.Int64
	tended    atomic.Pointer[VirtualMic] // nil if none
	own       atomic.Pointer[string]     // name of the virtual microphone, nil if none
	counted   atomic.Pointer[func(int)]  // is told its listeners, or notThere
}

func newWatcher(p *Server) *watcher {
	return &watcher{p: p, events: make(chan audioio.Event), dirty: make(chan struct{}, 1),
		recordings: make(chan struct{}, 1), tampered: make(chan struct{}, 1), index: noStream,
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
		if m.Event.GetType() == proto.EventRemove {
			w.moves.streamRemoved(m.Index)
		} else {
			w.moves.streamChanged(m.Index, time.Now())
		}
		put(w.recordings)
	case proto.EventSink, proto.EventSinkSinkInput:
		if mic := w.tended.Load(); mic != nil && mic.concerns(m) {
			put(w.tampered)
		}
	case proto.EventServer:
		w.moves.defaultChanged(time.Now())
		w.chosen.Store(true)
		w.touch()
	case proto.EventSource:
		if m.Event.GetType() == proto.EventRemove {
			w.moves.deviceRemoved(time.Now())
		}
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

// run reports, event by event, the way from what was reported to what is.
func (w *watcher) run(first snapshot) {
	defer close(w.ended)
	defer close(w.events)
	r := report{reported: first, seen: first.clone()}
	var again refreshSchedule
	var untold <-chan time.Time
	dirty, recordings, tampered, gone := w.dirty, w.recordings, w.tampered, w.p.ctl.Done
	for {
		out, next := r.next(w.events)
		if untold == nil && w.missesNews() {
			untold = time.After(lookUntold)
		}
		select {
		case <-w.quit:
			return
		case out <- next.Event:
			if r.told(); next.Kind == audioio.EventServerGone {
				return
			}
		case <-gone:
			dirty, recordings, tampered, gone = nil, nil, nil, nil
			again.stop()
			r.serverGone()
		case <-dirty:
			if w.chosen.Swap(false) {
				again.often()
			}
			w.refreshInto(&r)
			again.news()
		case <-recordings:
			w.countInto(&r)
			again.news()
		case <-tampered:
			w.tend()
		case <-again.due:
			w.refreshInto(&r)
			if again.refreshed(); again.due == nil && w.parted() {
				again.after(refreshLast)
			}
		case <-untold:
			if untold = nil; w.otherDefault() {
				w.refreshInto(&r)
				again.news()
			}
		}
	}
}

// lookUntold is how often it is looked for another default device that PipeWire has not told of
// (see graph.ReadMetadata), while a program listens. What is the default when one begins to listen
// is looked at then.
const lookUntold = 2 * time.Second

// missesNews reports whether a change of the default device that is not told of matters now.
func (w *watcher) missesNews() bool { return w.p.info.PipeWire && w.listeners.Load() > 0 }

// otherDefault reports whether another device has become the default without news.
func (w *watcher) otherDefault() bool {
	if !w.missesNews() || w.p.ctl.Failure() != nil {
		return false
	}
	now, err := w.p.defaultSource()
	return err == nil && now != w.defaultName
}

// refreshInto takes a snapshot. An error is the connection's end, which is reported by
// itself; so is one of countInto.
func (w *watcher) refreshInto(r *report) {
	if now, err := w.refresh(); err == nil {
		r.see(now)
	}
}

func (w *watcher) countInto(r *report) {
	if n, err := w.count(); err == nil {
		r.seen.listeners, r.seen.recordings = n, w.fingerprint
		r.see(r.seen)
	}
}

const (
	// refreshAgain is when a snapshot is taken once more after news: PipeWire tells of
	// a new default device before its answers know of it. On a busy machine that may
	// take long, so it is taken again after twice as long, and twice more: 0.2, 0.6,
	// 1.4 and 3 s after the news.
	refreshAgain = 200 * time.Millisecond
	refreshLast  = 8 * refreshAgain

	// refreshOften is for how long, after news that may be of a new default, a snapshot is
	// taken each refreshAgain: the microphone that nobody speaks into is heard meanwhile.
	refreshOften = 3 * time.Second
)

// refreshSchedule says when a snapshot is taken again after news.
type refreshSchedule struct {
	due        <-chan time.Time // nil: not
	wait       time.Duration    // until due, when that was set
	oftenUntil time.Time        // until then wait stays refreshAgain
}

func (s *refreshSchedule) stop()  { s.due = nil }
func (s *refreshSchedule) often() { s.oftenUntil = time.Now().Add(refreshOften) }
func (s *refreshSchedule) news()  { s.after(refreshAgain) }

// refreshed goes on after a snapshot that was due.
func (s *refreshSchedule) refreshed() {
	if s.stop(); s.wait < refreshLast {
		s.after(2 * s.wait)
	}
}

func (s *refreshSchedule) after(d time.Duration) {
	if time.Now().Before(s.oftenUntil) {
		d = refreshAgain
	}
	s.wait, s.due = d, time.After(d)
}

// refresh takes a snapshot of the server, and counts the listeners of the virtual microphone.
func (w *watcher) refresh() (snapshot, error) {
	mark := new([]knownDevice) // news that come meanwhile take it away
	w.devices.Store(mark)
	sources, err := w.p.sources()
	if err != nil {
		return snapshot{}, err
	}
	w.devices.CompareAndSwap(mark, &sources)
	now := snapshot{devices: make(map[uint32]audioio.Device, len(sources)), levels: make(map[uint32]audioio.Level, len(sources))}
	own := w.own.Load()
	w.index = noStream
	for _, s := range sources {
		now.devices[s.index], now.levels[s.index] = s.Device, s.level
		if s.Default {
			now.defaultName, w.defaultIndex = s.Name, s.index
		}
		if own != nil && s.Name == *own {
			w.index = s.index
		}
	}
	if before := w.defaultName; before != "" && before != now.defaultName {
		w.chosenAt = time.Now()
	}
	w.defaultName = now.defaultName
	now.listeners, err = w.count()
	now.recordings = w.fingerprint
	w.tend()
	return now, err
}

// tend has the virtual microphone look after itself. An error is the connection's end, which
// is reported by gone, or the server's answer that what is to be mended has just gone.
func (w *watcher) tend() {
	if m := w.tended.Load(); m != nil {
		_ = m.tend()
	}
}

// parted reports whether the way into the virtual microphone is cut, and is to be mended.
func (w *watcher) parted() bool {
	m := w.tended.Load()
	return m != nil && !m.parted.IsZero()
}
