package echo

import "github.com/stillmic/stillmic/dsp"

const (
	// playedFalls is by how much what was played is taken to fall from hop to hop in a room, 1 dB.
	playedFalls = 0.8

	// pathFirst is by how much an echo is taken to be louder than what is played before anything is known: 9 dB, of which
	// 3 dB are the sine window, which the microphone's spectrum alone has.
	// From there it is followed by pathUp and pathDown of itself in a hop, where the echo explains at
	// least pathKnown of the microphone.
	pathFirst, pathUp, pathDown, pathKnown = 4, 0.05, 0.01, 0.8

	// An echo may be by pathSpread louder than expected, 6 dB, at first by 12 dB, and the background by 3 dB.
	pathSpread, pathSpreadFirst, noiseSpread = 4, 16, 2

	// Where more than tooMuch of the microphone is louder than an echo could be, there may be a near voice. Where more
	// than sureMuch is, there is one for sure, and may be one for sureHops.
	tooMuch, sureMuch, sureHops = 0.1, 0.3, 100

	// usual is the median of what part of the microphone the echo does not explain while the far end is alone. It begins
	// at usualFirst, lies between usualLeast and usualMost, and moves by usualStep of itself in a hop. Up to usualFirst
	// it also rises beside what is taken for a voice, by usualSlow, in 13 s: a loudspeaker turned up may be that voice.
	usualFirst, usualLeast, usualMost, usualStep, usualSlow = 0.05, 0.001, 0.25, 0.03, 0.003

	// Where unrelated of the microphone is not explained, the filters have found nothing: two sounds that have
	// nothing to do with each other explain a fifth of each other by chance.
	unrelated = 0.6

	// Twice the usual is no near voice, seven times as much is one, and so is what is unrelated.
	usualWell, usualSpread = 2, 7

	// A near voice is only looked for where the microphone lies less than 25 dB below the loudest of
	// the last seconds; that falls by 10 dB in a second.
	audiblePart, peakFalls = 0.003, 0.977

	// A near voice is taken to go on for nearGrows hops more with each that it was seen in, nearHops at most.
	nearHops, nearGrows = 15, 3

	// firstHops is for how long the far end is heard before the filters explain anything. Until then what is
	// not louder than an echo could be is taken for one, unless a voice was there before or no echo could be heard.
	firstHops = 80

	// While nothing is played a voice is what lies voiceAbove the floor, 9 dB, which rises as the background does.
	voiceAbove = 8
)

// near decides whether there is a near voice. It asks two questions: is the microphone louder than an echo of what is
// played could be, and does what the filters take for the echo explain less of it than usual? The first
// holds for loudspeakers that bend what they play, too; the second sees a voice that is softer than the echo.
type near struct {
	played [bands]float32 // power of what the loudspeaker was given, as a room lets it fall
	path   [bands]float32 // how much louder the echo gets than that
	usual  float32        // what part of the microphone is not explained by the echo, for the far end alone
	peak   float32        // of the microphone, of late
	hops   int            // for which a near voice goes on
	run    int            // hops in a row for which it was seen
	known  int            // hops for which the far end has been heard
	sure   int            // hops for which nothing is learned, since there was a near voice for sure
	floor  float64        // the least energy of a hop of late, while nothing was played
}

func (n *near) reset() {
	*n = near{usual: usualFirst}
	for b := range n.path {
		n.path[b] = pathFirst
	}
}

// resume forgets the loudspeaker, but not that there was one.
func (n *near) resume() {
	known := n.known
	n.reset()
	n.known = known
}

// wait takes the energy of a hop of the microphone while nothing is played: a voice that is there now may go on beside
// what is played next.
func (n *near) wait(energy float64) {
	if n.sure = max(n.sure-1, 0); n.floor == 0 {
		n.floor = energy // what is heard first, not silence: from there it would take a microphone's noise for a voice
	}
	n.floor = max(min(energy, n.floor*noiseRise), silent*dsp.Hop)
	if energy > voiceAbove*n.floor {
		n.sure = sureHops
	}
}

// hear takes what is played.
func (n *near) hear(far *row) {
	var all float32
	for b := range n.played {
		var p float32
		for k := edges[b]; k < edges[b+1]; k++ {
			p += float32(far.re[k]*far.re[k]) + float32(far.im[k]*far.im[k])
		}
		n.played[b] = max(p, n.played[b]*playedFalls)
		all += p
	}
	// By Parseval's theorem; half of the bins are there.
	if all > active*dsp.Window*dsp.Window/2 {
		n.known++
	}
}

// expected is the power of the echo that a band may hold.
func (n *near) expected(b int) float32 { return n.path[b] * n.played[b] }

// judge returns 1 where there is a near voice, 0 where there is none, and what lies between where it may be. explained
// is which part of the microphone the echo explains.
func (n *near) judge(explained float32, mic, noise *[bands]float32) float32 {
	var excess, all, background, far float32
	spread := float32(pathSpread)
	first := n.known < firstHops && n.sure <= 0
	if first {
		spread = pathSpreadFirst
	}
	for b := range mic {
		excess += max(mic[b]-spread*n.expected(b)-noiseSpread*noise[b], 0)
		all += mic[b]
		background += noise[b]
		far += n.expected(b)
	}
	n.peak = max(n.peak*peakFalls, all)
	unexplained, most := 1-explained, min(usualSpread*n.usual, unrelated)
	if first {
		most = 1
	}
	audible := all > audiblePart*n.peak && all > noiseSpread*background
	loud := excess > sureMuch*all || excess > tooMuch*all && unexplained > usualWell*n.usual
	if loud || audible && unexplained > most {
		n.run++
		n.hops = max(n.hops, min(n.run*nearGrows, nearHops))
	} else {
		n.run = 0
		n.hops = max(n.hops-1, 0)
	}
	n.sure--
	if excess > sureMuch*all {
		n.sure = sureHops
	}
	if audible && far > background {
		n.learn(unexplained, mic, noise)
	}
	switch {
	case n.hops > 0:
		return 1
	case first && spread*far > background:
		return 0
	}
	s := min(max(unexplained-usualWell*n.usual, 0)/(most-usualWell*n.usual), 1)
	return s * s
}

// learn follows the path and what is usual while there is no near voice.
func (n *near) learn(unexplained float32, mic, noise *[bands]float32) {
	if n.sure <= 0 && unexplained < unrelated {
		switch more := unexplained > n.usual; {
		case n.hops == 0 && more:
			n.usual = min(n.usual*(1+usualStep), usualMost)
		case n.hops == 0:
			n.usual = max(n.usual/(1+usualStep), usualLeast)
		case more && n.usual < usualFirst:
			n.usual *= 1 + usualSlow
		}
	}
	if unexplained > 1-pathKnown {
		return
	}
	for b := range n.path {
		if mic[b] < noiseSpread*noise[b] {
			continue
		}
		if p := mic[b] / max(n.played[b], leastVariance); p > n.path[b] {
			n.path[b] *= 1 + pathUp
		} else {
			n.path[b] *= 1 - pathDown
		}
	}
}
