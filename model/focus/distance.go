package focus

import (
	"math"

	"github.com/stillmic/stillmic/model/internal/voicebands"
)

const (
	// short is over how many hops of speech the level of a voice is taken, and now over how many it is told
	// that the nearest voice is back.
	short = 60
	now   = 10

	// enough is how many hops of speech say something.
	enough = 15

	// The level of the nearest voice follows one that is louder in half a second, one that is softer in
	// half a minute of speech: who goes on alone is taken for near again.
	louder = 0.02
	softer = 0.0003

	// How likely a hop is a far voice's: log odds of the level below the nearest voice's, and of
	// what the network lowers it by, both in dB. Hops in a row say nearly the same: each counts for a part.
	perBelow, perLowered, neither = 0.3, 1.5, 2.6
	ofHop, mostOfHop              = 0.1, 0.6
	mostBelow, mostLowered        = 15, 6

	// stays is how likely the same voice speaks in the next hop, and leastOdds and mostOdds keep the odds from
	// being so sure that they turn late.
	stays               = 0.995
	leastOdds, mostOdds = -5, 3

	// afterPause is what is left of the odds after a pause, when somebody else may begin.
	afterPause = 0.9

	// The nearest voice is back once it is at most so many dB below its usual level, and hardly lowered.
	back, backLowered = 2, 1.5
)

// distance says how likely the voice that speaks is the nearest one. It compares its level with that of
// the nearest voice of the last minutes, and goes by how much the network lowers it.
type distance struct {
	slow, quick recently
	nearest     float64 // level of the nearest voice, dB
	known       bool    // there has been one
	odds        float64 // log odds that the nearest voice speaks
	quiet       int     // hops without speech until now
}

// recently has means over the last hops of speech.
type recently struct{ power, left, hops float64 }

// hear takes the power of a hop of speech, and what the network leaves of it.
func (r *recently) hear(power, left, length float64) {
	keep := 1 - 1/length
	r.power, r.left, r.hops = r.power*keep+power, r.left*keep+left, r.hops*keep+1
}

// level is the mean power of a hop, in dB.
func (r *recently) level() float64 { return 10 * math.Log10(r.power/r.hops+silence) }

// lowered is by how many dB the network lowers it.
func (r *recently) lowered() float64 {
	return 10 * math.Log10((r.power+silence)/(r.left+silence))
}

// silence is added to powers whose logarithm is taken.
const silence = 1e-12

// newDistance takes whoever speaks first for near.
func newDistance() distance { return distance{odds: 1} }

// hear takes how likely a hop holds speech, its power, and what the network leaves of that.
func (d *distance) hear(speech float32, power, left float64) {
	if speech <= surely || !voicebands.Sound(float32(power)) {
		if d.quiet++; d.quiet == aPause {
			d.pause()
		}
		return
	}
	d.quiet = 0
	d.slow.hear(power, left, short)
	d.quick.hear(power, left, now)
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
	far := perBelow*min(d.nearest-level, mostBelow) + perLowered*min(d.slow.lowered(), mostLowered) - neither
	d.odds = passed(d.odds) - min(max(ofHop*far, -mostOfHop), mostOfHop)
	d.odds = min(max(d.odds, leastOdds), mostOdds)
	if d.quick.level() > d.nearest-back && d.quick.lowered() < backLowered {
		d.odds = max(d.odds, 0)
	}
}

// pause forgets who spoke: somebody else may begin.
func (d *distance) pause() {
	d.odds *= afterPause
	d.slow = recently{}
}

// passed are the log odds of the next hop by those of this one.
func passed(odds float64) float64 {
	p := 1 / (1 + math.Exp(-odds))
	p = stays*p + (1-stays)*(1-p)
	return math.Log(p / (1 - p))
}
