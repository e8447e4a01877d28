package echo

import (
	"math"

	"github.com/stillmic/stillmic/dsp"
)

const (
	// memory is how much of the reference is kept, in samples: a power of two above the
	// longest delay and what the filter spans, 2.7 s.
	memory = 1 << 17

	// slackHops is how long the slack is watched, 2 s: samples come in lots.
	slackHops = 200

	// gap is from how many missing samples on the output is taken to have slept.
	gap = dsp.SampleRate / 10

	// piece is how many samples the resampler is given at a time.
	piece = 48
)

// reference is what the loudspeaker was given, as far back as an echo may come from. It is
// read at the pace of the microphone's clock.
type reference struct {
	kept    [memory]float32
	written int64 // samples taken so far
	at      int64 // of which the resampler was given so many

	rate    *dsp.Resampler
	pending [2 * dsp.Hop]float32 // resampled, waiting for a whole hop
	waiting int

	usual    float64 // slack, smoothed over slackHops: how far ahead of the microphone it comes
	resuming bool    // what comes next is another stream

	least   int // the smallest slack of late, in samples
	lately  int // the same of the hops that are counted now
	counted int

	in  [piece]float32
	out [piece + 3]float32 // Room(piece)
}

func newReference() *reference { return &reference{rate: dsp.NewResampler(), lately: math.MaxInt} }

func (r *reference) reset() {
	r.written, r.at, r.waiting = 0, 0, 0
	r.least, r.lately, r.counted = 0, math.MaxInt, 0
	r.usual, r.resuming = 0, false
	r.rate.Reset()
}

// write takes what the loudspeaker is given now.
func (r *reference) write(samples []float32) {
	if r.resuming || r.at-r.written > gap {
		r.resuming = false
		r.skip(r.at + int64(r.usual))
	}
	for len(samples) > 0 {
		n := copy(r.kept[r.written%memory:], samples)
		r.written += int64(n)
		samples = samples[n:]
	}
}

// skip has silence up to a sample: nothing was played.
func (r *reference) skip(to int64) {
	for r.written = max(r.written, to-memory); r.written < to; r.written++ {
		r.kept[r.written%memory] = 0
	}
}

// read gives the next hop.
func (r *reference) read(hop []float32) {
	r.lately = min(r.lately, r.slack())
	r.usual += (float64(r.written-r.at) - r.usual) / slackHops
	if r.counted++; r.counted == slackHops {
		r.least, r.lately, r.counted = r.lately, math.MaxInt, 0
	}
	for r.waiting < dsp.Hop {
		for i := range r.in {
			r.in[i] = r.sample(r.at + int64(i))
		}
		r.at += piece
		n := r.rate.Process(r.out[:], r.in[:])
		r.waiting += copy(r.pending[r.waiting:], r.out[:n])
	}
	copy(hop, r.pending[:dsp.Hop])
	r.waiting = copy(r.pending[:], r.pending[dsp.Hop:r.waiting])
}

// short reports whether the next hop has not all come yet.
func (r *reference) short() bool { return r.slack() < 0 }

// slack is how many samples have come beyond those that the next hop takes at most.
func (r *reference) slack() int { return int(r.written-r.at) + r.waiting - dsp.Hop - 2*piece }

// ahead is by how many hops the reference could come earlier and still be there in time.
func (r *reference) ahead() int { return max(min(r.least, r.lately, r.slack()), 0) / dsp.Hop }

// sample gives one of those kept, and silence where there is none.
func (r *reference) sample(i int64) float32 {
	if i < 0 || i >= r.written || i < r.written-memory {
		return 0
	}
	return r.kept[i%memory]
}

// move lets the reference come later by so many samples, beginning with those that make the
// last so many hops.
func (r *reference) move(later, hops int) {
	r.at -= int64(later + hops*dsp.Hop + r.waiting)
	r.least, r.lately = r.least+later, min(r.lately, math.MaxInt-memory)+later
	r.waiting = 0
	// The resampler keeps its pace and its place between two samples; the past it holds is that of
	// another moment, for its own length of half a millisecond.
}

// history holds the spectra of the reference, one for each partition.
type history struct {
	rows []row
	last int // the youngest
	hop  [dsp.Window]float32
}

func newHistory(partitions int) *history { return &history{rows: make([]row, partitions)} }

func (h *history) reset() {
	clear(h.rows)
	h.hop = [dsp.Window]float32{}
}

// row gives the spectrum of i hops ago.
func (h *history) row(i int) *row { return &h.rows[(h.last+len(h.rows)-i)%len(h.rows)] }

// add takes the next hop.
func (h *history) add(t *work, hop []float32) {
	copy(h.hop[:], h.hop[dsp.Hop:])
	copy(h.hop[dsp.Hop:], hop)
	h.last = (h.last + 1) % len(h.rows)
	t.transform.Forward(t.spec[:], h.hop[:])
	h.rows[h.last].set(t.spec[:])
}
