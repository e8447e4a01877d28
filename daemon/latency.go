package daemon

import (
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/dsp"
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
	source trimmer
	match  rateMatch

	ring, queue, drift atomicFloat // ms, ms, ppm; what others read
}

func (l *latency) reset() {
	l.source = trimmer{}
	l.match.reset()
}

// excess takes the samples that wait before the engine and returns how many
// blocks of them to drop.
func (l *latency) excess(queued int, speech float32) int {
	l.ring.set(milliseconds(queued))
	blocks := queued / audioio.BlockSize
	if blocks >= stallBlocks {
		l.source = trimmer{}
		return blocks
	}
	if l.source.cut(blocks, speech) {
		return 1
	}
	return 0
}

func milliseconds(samples int) float32 { return float32(samples) * 1000 / audioio.SampleRate }

// trimmer decides when to drop a block from a queue that stays too long.
type trimmer struct {
	hops, least int
	due         bool
	waited      int
}

// cut takes how many blocks are too many now, once per hop, and says whether
// to drop one. Only what was there through a whole second counts, and the cut
// waits for a pause.
func (t *trimmer) cut(excess int, speech float32) bool {
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
	*t = trimmer{}
	return true
}

const (
	// matchLow is what should be left in the sink when the next block comes,
	// at the worst moment of a second: one period of PipeWire (256 samples),
	// 1 ms for being late, and the spare.
	matchLow = 256 + 48 + audioio.PlaybackSpare

	// matchSlack is how far from that nothing is done: 1 ms.
	matchSlack = 48

	// A sample too many calls for 4 ppm less: 48,000/s * 4e-6 = 0.19 of the
	// error per second, a time constant of 5 s. The sum of the errors, which
	// comes to hold the difference of the clocks, follows far more slowly
	// (0.19^2 / 4 = 0.048 * 0.2 would be the limit of swinging). It counts no
	// error as more than 1 ms: a start or a stall says nothing of the clocks.
	matchGain = 4.0
	matchSum  = 0.05
	matchFar  = 48

	// matchMost is what the sum may come to hold: clocks differ by less.
	matchMost = 600.0
)

// rateMatch finds the rate at which a sink with a clock of its own takes audio.
type rateMatch struct {
	least int // least that was left in this second
	hops  int
	sum   float64 // ppm
	ppm   float64
}

func (m *rateMatch) reset() { *m = rateMatch{} }

// drift takes the samples left in the sink before a block is written and
// returns how many more samples to make than came in, in parts per million.
func (m *rateMatch) drift(left int) float64 {
	if m.hops == 0 || left < m.least {
		m.least = left
	}
	if m.hops++; m.hops < settleHops {
		return m.ppm
	}
	m.hops = 0
	wrong := float64(matchLow - m.least)
	wrong -= min(max(wrong, -matchSlack), matchSlack)
	near := min(max(wrong, -matchFar), matchFar)
	m.sum = min(max(m.sum+matchSum*near, -matchMost), matchMost)
	m.ppm = min(max(m.sum+matchGain*wrong, -dsp.MaxDrift), dsp.MaxDrift)
	return m.ppm
}

// Latency returns the delay as it was at the last hop, given what the source
// knows of its own.
func (e *Engine) Latency(capture time.Duration) Latency {
	return Latency{
		CaptureMS:   capture.Seconds() * 1000,
		RingMS:      float64(e.latency.ring.get()),
		AlgorithmMS: algorithmic.Seconds()*1000 + float64(e.finish.delay.Load())*1000/audioio.SampleRate,
		SinkMS:      float64(e.latency.queue.get()),
	}
}
