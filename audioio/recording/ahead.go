package recording

import (
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model"
	"github.com/stillmic/stillmic/model/voiceprint"
)

// ahead keeps the hops of a channel, without their noise and with it, until levelling has
// heard those that follow. Only then is it known by how much a hop is made louder, and so how
// much of its noise may stay. Where one voice is kept alone, that hears no noise either, and what
// stays is lowered with the other voices.
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
	from, to float32 // what wet was lowered by, as voiceprint.Focus.Gain
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

// give takes what came out of the suppressor in the same call, and by what it was lowered behind that.
func (a *ahead) give(hop []float32, speech, from, to float32) {
	now := &a.ring[a.newest]
	copy(now.wet[:], hop)
	now.speech, now.from, now.to = speech, from, to
}

// next puts the hop that is due, its noise lowered by no more than limit (dB), into hop.
// It reports whether there is one yet; else hop is silence.
func (a *ahead) next(hop []float32, limit float32) bool {
	if a.taken <= a.hops {
		clear(hop)
		return false
	}
	due := a.back(a.hops)
	a.speech = due.speech
	if a.limit.Set(limit); a.taken == a.hops+1 {
		a.limit.Jump()
	}
	dry := a.back(a.hops + a.late).dry[:]
	voiceprint.Lower(dry, due.from, due.to) // it is not wanted again
	a.limit.Mix(hop, dry, due.wet[:])
	return true
}

// back is what was taken some hops ago.
func (a *ahead) back(hops int) *waiting { return &a.ring[(a.newest+len(a.ring)-hops)%len(a.ring)] }
