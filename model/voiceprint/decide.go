package voiceprint

import "github.com/stillmic/stillmic/model/internal/logodds"

// decider says of every block of a stream whether its voice is the print's, from what comes before
// and after it. It hears the three seconds around a block, which tell more of a voice than the block
// alone, and then what the blocks around say: turns last for seconds.
type decider struct {
	network *network
	kernels *worker
	print   *Print
	blocks  [2 * half]sums // the last, a ring
	taken   int            // blocks so far
	odds    [lag + 1]float64
	judged  int     // blocks that have odds; the last lie in odds, a ring
	prior   float64 // log odds of the print before the block that is decided next
	heard   reference
	window  sums
	values  Values
}

const (
	half       = 15 // blocks to either side of the one that is judged
	lag        = 40 // blocks after the one that is decided whose odds count
	decideLate = half + lag

	// The odds of a block are natural logarithms: steep times how much the window resembles the
	// print, over what that voice does here, less border, at which both are as likely. Neighbouring
	// windows share most of what they hear, so steep is small, and no block says more than mostOdds.
	steep    = 2.0
	border   = 0.45
	mostOdds = 1.0

	change = 1.0 / 100 // how likely another begins to speak in a block: turns of 10 s

	leastSpoken = 12 // frames of a window with a voice, of 20 to 150, for it to say anything
)

// take takes the sums of the next block. It returns the log odds, from then on final, that the
// block decideLate before is the print's; there are none yet for the first.
func (d *decider) take(block *sums) (logOdds float64, there bool) {
	d.blocks[d.taken%len(d.blocks)] = *block
	d.taken++
	if d.taken < half {
		return 0, false
	}
	return d.follow(d.judge(d.taken - half))
}

// follow takes the odds of the next block, and returns what take does.
func (d *decider) follow(odds float64) (logOdds float64, there bool) {
	d.odds[d.judged%len(d.odds)] = odds
	d.judged++
	if d.judged <= lag {
		return 0, false
	}
	return d.decide(d.judged - lag - 1), true
}

// judge is what a block adds to the log odds, by the window that ends half blocks behind its beginning.
func (d *decider) judge(block int) float64 {
	d.window = sums{}
	for b := max(block-half, 0); b < block+half; b++ {
		d.window.add(d.kernels, &d.blocks[b%len(d.blocks)])
	}
	if d.window.voiced < leastSpoken {
		return 0
	}
	d.network.from(d.kernels, &d.window, &d.values)
	alike := float64(d.values.resembles(&d.print.Values))
	odds := steep * (alike/d.heard.next(alike, float64(d.print.Own)) - border)
	return min(max(odds, -mostOdds), mostOdds)
}

// decide is the forward and backward pass of a chain of two states over the odds: those of a block
// are what the past says (prior), the block itself, and what follows.
func (d *decider) decide(block int) float64 {
	ahead := 0.0
	for b := block + lag; b > block; b-- {
		ahead = logodds.Passed(ahead+d.odds[b%len(d.odds)], change)
	}
	past := d.prior + d.odds[block%len(d.odds)]
	d.prior = logodds.Passed(past, change)
	return past + ahead
}

// reference is how much the print's voice resembles it in this stream: the most that any 3 s did.
// Through another microphone, or hoarse, a voice resembles its print less than at the enrolment, and is not to be
// taken for another's for that.
type reference struct {
	last [spokenBlocks]float64 // of the last windows with a voice, a ring
	sum  float64
	seen int
	most float64
}

const (
	spokenBlocks = 30 // 3 s
	leastOwn     = 0.4
	mostOwn      = 1.2 // of what the enrolment resembled itself: where the reference begins, and ends
)

// next takes how much the next window resembles the print, and returns the reference.
func (r *reference) next(alike, own float64) float64 {
	place := &r.last[r.seen%spokenBlocks]
	r.sum += alike - *place
	*place = alike
	if r.seen++; r.seen >= spokenBlocks {
		r.most = max(r.most, r.sum/spokenBlocks)
	}
	return min(max(r.most, leastOwn*own), mostOwn*own)
}
