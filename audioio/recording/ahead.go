package recording

import (
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model"
)

// late keeps the microphone's hops of a channel until the suppressor gives them.
type late struct {
	ring [][dsp.Hop]float32 // those that wait, and the one that comes
	next int                // of the ring
	hop  [dsp.Hop]float32   // the one that the suppressor gives
}

func newLate(hops int) *late { return &late{ring: make([][dsp.Hop]float32, hops+1)} }

// take takes a hop, and sets hop to the one that is due; silence at first.
func (l *late) take(hop []float32) {
	copy(l.ring[l.next][:], hop)
	l.next = (l.next + 1) % len(l.ring)
	l.hop = l.ring[l.next]
}

// ahead keeps the hops of a channel, without their noise and with it, until levelling has
// heard those that follow. Only then is it known by how much a hop is made louder, and so how
// much of its noise may stay. Where other voices are lowered, that hears no noise either, and what
// stays is lowered with them.
type ahead struct {
	hops   int       // that wait
	ring   []waiting // those, and the one that comes
	newest int       // of the ring
	taken  int       // hops so far
	speech float32   // of the hop given out last
	limit  model.AttenuationLimit
}

// waiting is a hop with its noise and without it.
type waiting struct {
	dry, wet [dsp.Hop]float32
	speech   float32
}

func newAhead(hops int) *ahead { return &ahead{hops: hops, ring: make([]waiting, hops+1)} }

// take takes a hop, and how likely it holds speech.
func (a *ahead) take(dry, wet []float32, speech float32) {
	a.newest = (a.newest + 1) % len(a.ring)
	now := &a.ring[a.newest]
	copy(now.dry[:], dry)
	copy(now.wet[:], wet)
	now.speech = speech
	a.taken++
}

// next puts the hop that is due, its noise lowered by no more than limit (dB), into hop.
// It reports whether there is one yet; else hop is silence.
func (a *ahead) next(hop []float32, limit float32) bool {
	if a.taken <= a.hops {
		clear(hop)
		return false
	}
	due := &a.ring[(a.newest+1)%len(a.ring)]
	a.speech = due.speech
	if a.limit.Set(limit); a.taken == a.hops+1 {
		a.limit.Jump()
	}
	a.limit.Mix(hop, due.dry[:], due.wet[:])
	return true
}
