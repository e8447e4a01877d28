package focus

import (
	"math"

	"github.com/stillmic/stillmic/model/internal/logodds"
	"github.com/stillmic/stillmic/model/internal/voicebands"
)

const (
	// short is over how many hops of speech the level of a voice is taken, and now over how many it is told
	// that the nearest voice is back.
	short = 80
	now   = 10

	// enough is how many hops of speech say something.
	enough = 15

	// The level of the nearest voice follows one that is louder in half a second, one that is softer in
	// half a minute of speech: who goes on alone is taken for near again.
	louder = 0.02
	softer = 0.0003

	// How likely a hop is a far voice's: log odds of its level below the nearest voice's, in dB, and of how much less than
	// border the log odds are that the network gives a near one. Hops in a row say nearly the same: each counts for a part.
	perBelow, perVoice, border = 0.2, 0.5, 1.5
	ofHop, mostOfHop           = 0.13, 0.8
	mostBelow, mostVoice       = 15, 5

	// stays is how likely the same voice speaks in the next hop, and leastOdds and mostOdds keep the odds from
	// being so sure that they turn late.
	stays               = 0.993
	leastOdds, mostOdds = -5, 2.2

	// The nearest voice is back once it is at most so many dB below its usual level, and the network says so.
	back, backVoice = 3, 3
)

// distance says how likely the voice that speaks is the nearest one. It compares its level with that of the nearest
// voice of the last minutes, and goes by what the network says of its room.
type distance struct {
	slow, quick recently
	nearest     float64 // level of the nearest voice, dB
	known       bool    // there has been one
	odds        float64 // log odds that the nearest voice speaks
	quiet       int     // hops without speech until now
}

// recently has means over the last hops of speech: the power, and the log odds that a near voice speaks.
type recently struct{ power, voice, hops float64 }

// hear takes the power of a hop of speech, and what the network says of it.
func (r *recently) hear(power, voice, length float64) {
	keep := 1 - 1/length
	r.power, r.voice, r.hops = r.power*keep+power, r.voice*keep+voice, r.hops*keep+1
}

// level is the mean power of a hop, in dB.
func (r *recently) level() float64 { return 10 * math.Log10(r.power/r.hops+silence) }

// near are the mean log odds that a near voice speaks.
func (r *recently) near() float64 { return r.voice / r.hops }

// silence is added to a power whose logarithm is taken.
const silence = 1e-12

// newDistance takes whoever speaks first for near.
func newDistance() distance { return distance{odds: 1} }

// hear takes how likely a hop holds speech, its power, and how likely a near voice speaks by the network, 0 to 1.
func (d *distance) hear(speech float32, power float64, near float32) {
	if speech <= surely || !voicebands.Sound(float32(power)) {
		if d.quiet++; d.quiet == aPause {
			d.slow = recently{} // somebody else may begin
		}
		return
	}
	voice := min(max(logodds.Of(float64(near)), -mostVoice), mostVoice)
	d.quiet = 0
	d.slow.hear(power, voice, short)
	d.quick.hear(power, voice, now)
	if d.slow.hops < enough {
		return
	}
	level := d.slow.level()
	if !d.known {
		d.nearest, d.known = level, true
	}
	if level > d.nearest {
		d.nearest += louder * (level - d.nearest)
	} else {
		d.nearest += softer * (level - d.nearest)
	}
	far := perBelow*min(d.nearest-level, mostBelow) + perVoice*(border-voice)
	d.odds = logodds.Passed(d.odds, 1-stays) - min(max(ofHop*far, -mostOfHop), mostOfHop)
	d.odds = min(max(d.odds, leastOdds), mostOdds)
	if d.quick.level() > d.nearest-back && d.quick.near() > backVoice {
		d.odds = max(d.odds, 0)
	}
}
