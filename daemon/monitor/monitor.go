// Package monitor shows what goes into the suppressor and what comes out of it to
// whoever looks: level meters, spectra, recordings and headphones. The audio
// goroutine only copies each hop into a ring; a goroutine here takes it from
// there, and neither runs while nobody looks.
package monitor

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/stillmic/stillmic/audioio"
)

// Hop is 10 ms of the microphone and of what was made of it.
type Hop struct {
	In, Out audioio.Block
	Speech  float32 // probability, 0 to 1
	Gain    float32 // of levelling, within Out
	Lost    int     // hops missing before this one: the machine was too busy
}

// Removed is what In holds and Out does not, levelling left aside.
func (h *Hop) Removed() (b audioio.Block) {
	for i, v := range h.Out {
		b[i] = h.In[i] - v/h.Gain
	}
	return b
}

const (
	// ringHops is how many hops may wait: 1.28 s, 0.5 MB.
	ringHops = 128

	// MostLate is by how many hops a hop that is shown may lie behind the latest.
	MostLate = ringHops

	// pumpEvery is how often they are taken: it delays what is seen and heard.
	pumpEvery = 20 * time.Millisecond
)

// ring carries hops from one goroutine to another without locks.
type ring struct {
	slots [ringHops]slot
	head  atomic.Uint64 // slots written
	tail  atomic.Uint64 // slots read
	count uint64        // hops offered; the writer's own
}

type slot struct {
	in, out      audioio.Block
	speech, gain float32
	number       uint64 // of the hop
}

// put copies a hop, or counts it as lost when there is no room.
func (r *ring) put(in, out *audioio.Block, speech, gain float32) {
	r.count++
	head := r.head.Load()
	if head-r.tail.Load() >= ringHops {
		return
	}
	s := &r.slots[head%ringHops]
	s.in, s.out, s.speech, s.gain, s.number = *in, *out, speech, gain, r.count
	r.head.Store(head + 1)
}

// Monitor hands hops to those who watch. Its Hop is a tap for the engine.
type Monitor struct {
	attach func(on bool)
	failed func(panicked any)
	ring   atomic.Pointer[ring] // nil while nobody watches

	mu       sync.Mutex
	watchers map[*watcher]struct{}
	done     chan struct{} // ends the pump
}

type watcher struct{ see func(*Hop) }

// New returns a monitor. attach is called when somebody begins to watch, and when
// the last one has left; failed while one that panicked is being recovered from. It
// sees nothing more, and the others go on.
func New(attach func(on bool), failed func(panicked any)) *Monitor {
	return &Monitor{attach: attach, failed: failed, watchers: map[*watcher]struct{}{}}
}

// Hop takes what the engine has done. It neither allocates nor locks nor waits.
func (m *Monitor) Hop(in, out *audioio.Block, speech, gain float32) {
	if r := m.ring.Load(); r != nil {
		r.put(in, out, speech, gain)
	}
}

// Watch has see called for each hop, by one goroutine for all, until stop is
// called. see must not wait for anything, nor call stop. After stop has
// returned it is not called any more.
func (m *Monitor) Watch(see func(*Hop)) (stop func()) {
	w := &watcher{see}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.watchers[w] = struct{}{}
	if len(m.watchers) == 1 {
		r := &ring{}
		m.ring.Store(r)
		m.done = make(chan struct{})
		go m.pump(r, m.done)
		m.attach(true)
	}
	return sync.OnceFunc(func() { m.leave(w) })
}

func (m *Monitor) leave(w *watcher) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remove(w)
}

// remove takes out a watcher that may have been taken out already. The caller holds mu.
func (m *Monitor) remove(w *watcher) {
	if _, watches := m.watchers[w]; !watches {
		return
	}
	delete(m.watchers, w)
	if len(m.watchers) == 0 {
		m.attach(false)
		m.ring.Store(nil)
		close(m.done)
	}
}

// pump takes what waits, again and again.
func (m *Monitor) pump(r *ring, done <-chan struct{}) {
	t := time.NewTicker(pumpEvery)
	defer t.Stop()
	var h Hop
	last := uint64(0)
	for {
		select {
		case <-done:
			return
		case <-t.C:
		}
		for tail := r.tail.Load(); tail < r.head.Load(); tail++ {
			slot := &r.slots[tail%ringHops]
			h = Hop{slot.in, slot.out, slot.speech, slot.gain, int(slot.number - last - 1)}
			last = slot.number
			r.tail.Store(tail + 1)
			m.show(&h, done)
		}
	}
}

// show calls the watchers, unless they have all left meanwhile.
func (m *Monitor) show(h *Hop, done <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	select {
	case <-done:
		return
	default:
	}
	for w := range m.watchers {
		m.showTo(w, h)
	}
}

// showTo calls one watcher, and no more after a panic. The caller holds mu.
func (m *Monitor) showTo(w *watcher, h *Hop) {
	defer func() {
		if v := recover(); v != nil {
			m.remove(w)
			m.failed(v)
		}
	}()
	w.see(h)
}
