package control

import (
	"encoding/json"
	"sync"
	"time"
)

const (
	// backlog is how many events may wait for a slow subscriber before it
	// misses some: 1.5 s of everything.
	backlog = 64

	// keptLogs is how many lines of the log a new subscriber gets.
	keptLogs = 50

	// maxSubscribers is how many may listen at once.
	maxSubscribers = 32
)

// Hub hands events to whoever subscribed. Nobody who publishes ever waits for
// somebody who reads.
type Hub struct {
	mu      sync.Mutex
	subs    map[*subscriber]struct{}
	logs    []Event
	closed  bool
	changed chan struct{} // one token: the status is another
}

// subscriber receives events of some kinds.
type subscriber struct {
	events chan Event // closed with the hub
	kinds  map[EventKind]bool
}

// NewHub returns a hub without subscribers.
func NewHub() *Hub {
	return &Hub{subs: map[*subscriber]struct{}{}, changed: make(chan struct{})}
}

// Log publishes a line of the log.
func (h *Hub) Log(e LogEntry) {
	data, err := json.Marshal(e)
	if err != nil {
		return // a LogEntry can always be encoded
	}
	ev := Event{EventLog, data}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.logs = append(h.logs, ev); len(h.logs) > keptLogs {
		h.logs = h.logs[len(h.logs)-keptLogs:]
	}
	h.send(ev)
}

// Changed says that the status is another than before.
func (h *Hub) Changed() {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.changed)
	h.changed = make(chan struct{})
}

// change returns a channel that is closed with the next Changed.
func (h *Hub) change() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.changed
}

// send gives an event to all who want it. The caller holds mu.
func (h *Hub) send(ev Event) {
	for s := range h.subs {
		s.send(ev)
	}
}

// send drops what a slow subscriber has no room for.
func (s *subscriber) send(ev Event) {
	if !s.kinds[ev.Kind] {
		return
	}
	select {
	case s.events <- ev:
	default:
	}
}

// subscribe returns nil when there are too many, or the hub is closed.
func (h *Hub) subscribe(kinds map[EventKind]bool) *subscriber {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.subs) >= maxSubscribers {
		return nil
	}
	s := &subscriber{events: make(chan Event, backlog), kinds: kinds}
	h.subs[s] = struct{}{}
	for _, ev := range h.logs {
		s.send(ev)
	}
	return s
}

func (h *Hub) unsubscribe(s *subscriber) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.subs, s)
}

// put gives an event to one subscriber, from any goroutine.
func (h *Hub) put(s *subscriber, kind EventKind, v any) {
	ev, err := newEvent(kind, v)
	if err != nil {
		return // all our types can be encoded; levels are never NaN
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, there := h.subs[s]; there {
		s.send(ev)
	}
}

// newEvent is an event of a value.
func newEvent(kind EventKind, v any) (Event, error) {
	data, err := json.Marshal(v)
	return Event{kind, data}, err
}

// close ends all subscriptions.
func (h *Hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for s := range h.subs {
		close(s.events)
		delete(h.subs, s)
	}
}

// follow puts the status, and the histograms where wanted, until done is
// closed: on every change, and each second.
func (h *Hub) follow(s *subscriber, api API, done <-chan struct{}) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	tick := true
	for {
		changed := h.change()
		if s.kinds[EventStatus] {
			h.put(s, EventStatus, api.Status())
		}
		if s.kinds[EventHistogram] && tick {
			h.put(s, EventHistogram, api.Histograms())
		}
		tick = false
		select {
		case <-done:
			return
		case <-changed:
			// A slider sends 100 changes a second; 50 are enough to see.
			pause := time.NewTimer(20 * time.Millisecond)
			select {
			case <-done:
				pause.Stop()
				return
			case <-pause.C:
			}
		case <-t.C:
			tick = true
		}
	}
}
