package recording

import (
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model"
)

// ahead keeps the hops of a channel, without their noise and with it, until levelling has
// heard those that follow. Only then is it known by how much a hop is made louder, and so how
// much of its noise may stay.
type ahead struct {
	hops   int       // that wait
	late   int       // hops by which the suppressor's output lies behind its input
	ring   []waiting // hops more than wait: the input lies further back
	newest int       // of the ring
	taken  int       // hops so far
	speech float32   // of the hop given out last
	limit  model.AttenuationLimit
}

// waiting is the input of a hop, and what the suppressor gave in the same call.
type waiting struct {
	dry, wet [dsp.Hop]float32
	speech   float32
}

func newAhead(hops, late int) *ahead {
	return &ahead{hops: hops, late: late, ring: make([]waiting, hops+late+1)}
}

// take takes the input of a hop.
func (a *ahead) take(dry []float32) {
	a.newest = (a.newest + 1) % len(a.ring)
	copy(a.ring[a.newest].dry[:], dry)
	a.taken++
}

// next puts the hop that is due, its noise lowered by no more than limit (dB), in the place of
// the suppressor's newest, hop. It reports whether there is one yet; else hop is silence.
func (a *ahead) next(hop []float32, speech, limit float32) bool {
	now := &a.ring[a.newest]
	copy(now.wet[:], hop)
	now.speech = speech
	if a.taken <= a.hops {
		clear(hop)
		return false
	}
	due := a.back(a.hops)
	a.speech = due.speech
	if a.limit.Set(limit); a.taken == a.hops+1 {
		a.limit.Jump()
	}
	a.limit.Mix(hop, a.back(a.hops + a.late).dry[:], due.wet[:])
	return true
}

// back is what was taken some hops ago.
func (a *ahead) back(hops int) *waiting { return &a.ring[(a.newest+len(a.ring)-hops)%len(a.ring)] }
