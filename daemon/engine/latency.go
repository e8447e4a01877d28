package engine

import (
	"time"

	"github.com/stillmic/stillmic/audioio"
)

const (
	// settleHops is how long a queue may stand above its target: 1 s.
	settleHops = 100

	// patience is how long the wait for a pause may take after that, so that
	// nobody hears the cut: 2 s.
	patience = 200

	// stallBlocks of waiting audio (200 ms) are the trace of a stall of the
	// whole machine; what is older than that nobody wants to hear any more.
	stallBlocks = 20
)

// latency keeps the delay of the stream at its base and knows how long it is.
type latency struct {
	source queueTrimmer
	match  driftController

	ring, queue, drift atomicFloat // ms, ms, ppm; what others read
}

func (l *latency) reset() {
	l.source = queueTrimmer{}
	l.match.reset()
}

// excess takes the samples that wait before the engine and returns how many
// blocks of them to drop.
func (l *latency) excess(queued int, speech float32) int {
	l.ring.set(milliseconds(queued))
	blocks := queued / audioio.BlockSize
	if blocks >= stallBlocks {
		l.source = queueTrimmer{}
		return blocks
	}
	if l.source.cut(blocks, speech) {
		return 1
	}
	return 0
}

func milliseconds(samples int) float32 { return float32(samples) * 1000 / audioio.SampleRate }

// queueTrimmer decides when to drop a block from a queue that stays too long.
type queueTrimmer struct {
	hops, least int
	due         bool
	waited      int
}

// cut takes how many blocks are too many now, once per hop, and reports
// whether to drop one. Only what was there through a whole second counts, and the cut
// waits for a pause.
func (t *queueTrimmer) cut(excess int, speech float32) bool {
	if t.hops == 0 || excess < t.least {
		t.least = excess
	}
	if t.hops++; t.hops >= settleHops {
		t.due = t.least > 0
		t.hops = 0
		if !t.due {
			t.waited = 0
		}
	}
	if !t.due {
		return false
	}
	if t.waited++; speech >= pauseBelow && t.waited < patience {
		return false
	}
	*t = queueTrimmer{}
	return true
}

// Latency is where the delay of a stream comes from, the source's own aside.
type Latency struct {
	Queued    time.Duration // waiting for the engine
	Algorithm time.Duration // gathering of a hop, suppressor, focus, voice processing
	Sink      time.Duration // waiting in the sink
}

// Latency returns the delay as it was at the last hop.
func (e *Engine) Latency() Latency {
	hops := 1 + e.delay.Load() + e.focus.delay.Load() // one to gather
	return Latency{
		Queued:    duration(e.latency.ring.get()),
		Algorithm: time.Duration(hops)*hopTime + time.Duration(e.post.delay.Load())*time.Second/audioio.SampleRate,
		Sink:      duration(e.latency.queue.get()),
	}
}

// duration returns milliseconds as a duration.
func duration(ms float32) time.Duration {
	return time.Duration(float64(ms) * float64(time.Millisecond))
}
