package pulse

import (
	"strconv"
	"sync"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio/pulse/internal/graph"
)

// oneGo is how far apart news may come of which PulseAudio makes one in the wake of the other.
const oneGo = 250 * time.Millisecond

// moves notes which streams PulseAudio has moved because of the default device or of a device that
// is gone. The reader of the connection tells it what comes, in the order in which the server did
// it: streams follow the default, and go before their device does.
type moves struct {
	mu        sync.Mutex
	byDefault time.Time            // news of the default device
	changed   map[uint32]time.Time // news of streams
	byServer  map[uint32]time.Time // those among them that come with others
}

// defaultChanged notes news of the default device.
func (m *moves) defaultChanged(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.byDefault = now
}

// streamChanged notes news of a stream.
func (m *moves) streamChanged(index uint32, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.changed == nil {
		m.changed, m.byServer = map[uint32]time.Time{}, map[uint32]time.Time{}
	}
	if m.changed[index] = now; now.Sub(m.byDefault) < oneGo {
		m.byServer[index] = now
	}
}

// streamRemoved notes the end of a stream.
func (m *moves) streamRemoved(index uint32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.changed, index)
	delete(m.byServer, index)
}

// deviceRemoved notes that a device is gone.
func (m *moves) deviceRemoved(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for index, at := range m.changed {
		if now.Sub(at) < oneGo {
			m.byServer[index] = now
		}
	}
}

// server reports whether the server has moved a stream, a short while ago.
func (m *moves) server(index uint32) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	at, there := m.byServer[index]
	return there && time.Since(at) < putBackWithin
}

// byServer reports whether the server has moved a stream to where it is, and not a person.
//
// PipeWire keeps with a stream where somebody has moved it, and its session manager does not touch
// that. PulseAudio moves streams in one go with the news of another default device, to that device;
// or all, when their device vanishes. Where neither is known, as over a network, what was moved
// near a change of the default device was moved with it.
func (w *watcher) byServer(r *proto.GetSourceOutputInfoReply, vanished bool) bool {
	if !w.p.info.PipeWire {
		return vanished || w.moves.server(r.SourceOutpuIndex) && r.SourceIndex == w.defaultIndex
	}
	if r.SourceIndex == noStream {
		return false // it is on its way; that is looked at again
	}
	nearby := vanished || !w.chosenAt.IsZero() && time.Since(w.chosenAt) < putBackWithin
	g := w.p.graph.Load()
	if g == nil || !g.ReadMetadata() {
		return nearby
	}
	switch g.Target(indexText(r.SourceOutpuIndex)) {
	case indexText(r.SourceIndex):
		return false
	case graph.FollowsDefault: // somebody has moved it there, or has long ago
		return nearby
	}
	return true
}

// vanished tells the callers that the microphone is there no more. What PipeWire knows of a
// stream is asked when the microphone is back.
func (w *watcher) vanished() {
	w.p.callers.vanished(func(stream uint32) bool { return w.p.info.PipeWire || w.moves.server(stream) })
}

// indexText is an index of the pulse protocol as PipeWire's graph has it.
func indexText(index uint32) string { return strconv.FormatUint(uint64(index), 10) }
