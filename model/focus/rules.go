package focus

import "github.com/stillmic/stillmic/model/internal/voicebands"

const (
	// lowest is the least gain of a band, -24 dB: what sinks further is missed as much as heard.
	lowest = 0.0631

	// unsure is the least gain in the first syllable after a pause, -9.8 dB: who begins may be anybody,
	// and a first word that is missing is worse than a stranger's that is heard.
	unsure = 0.325

	// fall is what may be left of a gain after a hop, -2 dB: it takes as long to sink as a syllable to begin.
	// It rises at once.
	fall = 0.794

	// rest is by how much of what is missing to 1 the gains rise in a hop without speech: in a
	// second, unheard.
	rest = 0.03

	aPause    = 30 // hops without speech, long enough for somebody else to begin
	aSyllable = 40 // hops of speech after that: a soft one and what follows

	// likely are the log odds of a turn from which on it is the wanted voice's, or below minus that another's, 1 to 7.
	// Of the former no band is lowered by more than 3.7 dB, of the latter at most -22 dB are left.
	likely = 2.0
	ours   = 0.65
	theirs = 0.08

	// joined is how likely a wanted voice speaks, by the network and over some 0.1 s, for it to take part in another's
	// turn: while both speak, what is lowered is up to the network.
	joined     = 0.8
	joinedHops = 10

	// surely is what the suppressor says of a hop that counts as speech.
	surely = 0.5

	// isLowered is what is left of the power of a voice that is not wanted: -10 dB.
	isLowered = 0.1

	// otherHeld is for how many hops a voice that was lowered is said to be there: words have pauses.
	otherHeld = 100
)

// turn is whose turn to speak it is.
type turn int

const (
	anybody turn = iota
	wanted
	another
	perhaps // another's, but who speaks has hardly begun
)

// turnOf is whose turn it is by log odds that are known afterwards.
func turnOf(odds float64) turn {
	switch {
	case odds > likely:
		return wanted
	case odds < -likely:
		return another
	}
	return anybody
}

// rules temper the gains that the network wants.
type rules struct {
	gains  [bands]float32
	voice  float32 // how likely a wanted voice speaks, lately
	pause  int     // hops without speech until now
	spoken int     // hops with speech since the last pause
	held   int     // hops for which another is still said to be there
}

func newRules() rules {
	r := rules{pause: aPause}
	for b := range r.gains {
		r.gains[b] = 1
	}
	return r
}

// temper takes the gains that the network says of a hop, how likely it says a wanted voice is in that (0 where that is
// nothing to go by), how sure the suppressor is that it holds speech, and whose turn it is.
func (r *rules) temper(gains []float32, voice, speech float32, whose turn) {
	least, most := float32(lowest), float32(1)
	r.voice += (voice - r.voice) / joinedHops
	if speech > surely {
		r.pause = 0
		r.spoken++
	} else if r.pause++; r.pause == aPause {
		r.spoken = 0
	}
	switch {
	case whose == another && r.voice > joined:
	case whose == another:
		most = theirs
	case whose == perhaps:
		least, most = unsure, unsure
	case whose == wanted:
		least = ours
	case r.begins():
		least = unsure
	}
	for b, g := range gains[:bands] {
		now := r.gains[b]
		if g = min(max(g, least), most); g < now {
			g = max(g, now*fall)
		}
		if r.pause >= aPause && r.held == 0 && most == 1 {
			g = max(g, now+rest*(1-now))
		}
		r.gains[b] = g
	}
}

// begins reports whether somebody has hardly begun to speak, or nobody does.
func (r *rules) begins() bool { return r.pause >= aPause || r.spoken < aSyllable }

// judge notes whether a voice is lowered by the gains in a hop of these powers, and reports it.
func (r *rules) judge(power *[bands]float32, speech float32) bool {
	before, after := float32(0), float32(0)
	for b, p := range power[:voicebands.Voice] {
		before += p
		after += p * r.gains[b] * r.gains[b]
	}
	if r.held > 0 {
		r.held--
	}
	lowered := after < isLowered*before
	if lowered && speech > surely {
		r.held = otherHeld
	}
	return lowered
}
