package dsp

import "math"

// Leveller brings a voice to a steady loudness, slowly, as an attentive person
// at a mixing desk would. It learns only where somebody talks (Talk), which
// takes a second; a noise that is taken for speech teaches it nothing.
// Where nobody speaks it raises nothing: a gain above 0 dB is given back to 0
// soon after a word and is there again with the next. It delays nothing and
// allocates nothing. That of a recording can hear ahead (LookAhead), and then
// has its gain from the first word on.
//
// Loudness is measured as BS.1770-4 weighs it, over the speech alone.
type Leveller struct {
	weight kWeighting
	target float64 // LUFS
	lowest float64 // dB
	most   float64 // dB

	recent float64 // mean square of the last second of speech, K-weighted
	power  float64 // the same over levellerMemory
	heard  float64 // seconds of speech behind it, up to levellerMemory
	gainDB float64 // what the voice needs
	ramp   Ramp

	talk    Talk
	silent  int     // hops since the last one of speech
	applied float64 // gain of this hop, dB

	lead   *Leveller // whose gain this one has, nil for its own
	others float64   // mean squares that followers have heard since the last hop
	joined bool      // somebody talks in what they have heard since then

	// plan holds the gains of the hops that were heard and wait, a ring; nil without
	// looking ahead.
	plan    []float64
	newest  int
	settled bool // a voice was heard for long enough
	began   bool // a hop was processed
}

const (
	levellerSpeech = 0.5  // probability from which on a hop is speech
	levellerMemory = 3.0  // seconds of speech that are averaged
	levellerTrust  = 0.3  // seconds of speech before the first move
	levellerChange = 8.0  // dB by which another speaker is softer
	levellerFloor  = -70. // LUFS; what is softer is no voice
	levellerUp     = 4.0  // dB per second of speech
	levellerDown   = 12.0 // dB per second of speech; too loud is worse
	hopSeconds     = float64(Hop) / SampleRate

	// How far ahead the gain follows what is heard ahead: a change of speakers is not
	// met by more. The first voice is known after levellerSettled of it.
	levellerSoon    = 50  // hops
	levellerSettled = 1.5 // seconds of speech

	// How the gain rests between words: the end of a word is soft, and the
	// probability falls before it. What is longer is noise that was raised with the voice.
	restAfter = 15    // hops
	restDown  = 100.0 // dB per second
	restUp    = 8.0   // dB per hop: as fast as a word begins
)

// NewLeveller returns a leveller that brings speech to target LUFS with a gain
// between lowest and most (dB). It starts at 0 dB, or the bound nearest to it.
// For calls -20 LUFS within -12 to +24 dB is a good choice.
func NewLeveller(target, lowest, most float64) *Leveller {
	l := &Leveller{target: target, lowest: lowest, most: max(most, lowest)}
	l.Reset()
	return l
}

// LinkLevellers has the levellers of the channels of one recording move as one, by
// the sum of what all hear, which is BS.1770's, with the gain and the bounds of the
// first, wherever somebody talks. Each hop must go to the first before the others.
func LinkLevellers(all []*Leveller) {
	for _, l := range all[1:] {
		l.lead = all[0]
	}
}

// LevellerAhead is by how many hops a leveller can hear ahead: 3 s.
const LevellerAhead = 300

// LookAhead has the leveller learn from Hear, which every hop must be given to
// LevellerAhead hops before it comes to Process. It is called before the first hop.
func (l *Leveller) LookAhead() {
	l.plan = make([]float64, LevellerAhead+1)
	l.Reset()
}

// Reset forgets the voice and returns to a gain of 0 dB.
func (l *Leveller) Reset() {
	l.weight = newKWeighting()
	l.recent, l.power, l.heard, l.others, l.joined = 0, 0, 0, 0, false
	l.gainDB = min(max(0, l.lowest), l.most)
	l.settled, l.began = false, false
	l.foresee(len(l.plan))
	l.talk, l.silent, l.applied = Talk{}, restAfter, l.gainDB
	l.ramp.Jump(l.wanted())
}

// Gain returns the gain of the last hop in dB.
func (l *Leveller) Gain() float64 { return DB(float64(l.Factor())) }

// Factor returns the gain of the last hop as a factor.
func (l *Leveller) Factor() float32 { return l.ramp.Value() }

// wanted is the linear gain to reach by the end of the hop.
func (l *Leveller) wanted() float32 {
	return float32(Gain(l.applied))
}

// Process levels one hop (Hop samples) in place. speech is the probability that
// it holds speech, 0 to 1.
func (l *Leveller) Process(hop []float32, speech float32) {
	if l.plan == nil {
		l.Hear(hop, speech)
	}
	first := l.plan != nil && !l.began
	l.began = true
	switch {
	case l.lead != nil:
		l.applied = l.lead.applied
	case first: // a voice that is too loud is so from its first word on
		l.applied = min(l.due(), l.applied)
	default:
		l.apply(speech)
	}
	if l.ramp.Set(l.wanted()); first {
		l.ramp.Jump(l.wanted())
	}
	l.ramp.Apply(hop[:Hop])
}

// Hear learns from a hop that is Process' turn later, for a leveller that looks ahead.
func (l *Leveller) Hear(hop []float32, speech float32) {
	// The filter runs on through pauses, so that speech finds it settled.
	power := l.weight.energy(hop[:Hop], 1) / Hop
	talks := l.talk.Hear(hop, speech)
	if lead := l.lead; lead != nil { // counts with its next hop
		lead.others += power
		lead.joined = lead.joined || talks
		return
	}
	power, talks = power+l.others, talks || l.joined
	l.others, l.joined = 0, false
	l.newest = (l.newest + 1) % max(len(l.plan), 1)
	known := 1                                                            // hops whose gain this one tells
	if talks && speech >= levellerSpeech && lufs(power) > levellerFloor { // false for NaN
		l.learn(power)
		if l.plan == nil || l.settled {
			l.move()
		} else { // the first words still wait
			l.gainDB, known = l.needed(), len(l.plan)
			l.settled = l.heard >= levellerSettled
		}
	}
	l.foresee(known)
}

// foresee gives the newest hops of the plan the present gain.
func (l *Leveller) foresee(hops int) {
	for i := range min(hops, len(l.plan)) {
		l.plan[(l.newest+len(l.plan)-i)%len(l.plan)] = l.gainDB
	}
}

// due is the gain that the voice needs in the hop to process.
func (l *Leveller) due() float64 {
	if l.plan == nil {
		return l.gainDB
	}
	return l.plan[(l.newest+1+levellerSoon)%len(l.plan)]
}

// apply moves the gain of the hop towards what the voice needs, or towards rest.
func (l *Leveller) apply(speech float32) {
	l.silent++
	if speech >= levellerSpeech {
		l.silent = 0
	}
	want := l.due()
	if l.silent > restAfter {
		l.silent = restAfter + 1
		want = min(want, 0)
	}
	l.applied += min(max(want-l.applied, -restDown*hopSeconds), restUp)
}

// learn takes the mean square of a hop of speech into the averages: plain means
// at first, then such as forget. A mean of powers forgets a loud voice too
// slowly: 20 dB are 4.6 time constants. So when the last second is much softer
// than the rest, this is someone else, and learning begins anew.
func (l *Leveller) learn(power float64) {
	l.heard = math.Min(l.heard+hopSeconds, levellerMemory)
	l.power += float64(hopSeconds / l.heard * (power - l.power))
	l.recent += float64(hopSeconds / math.Min(l.heard, 1) * (power - l.recent))
	if l.heard > 1 && lufs(l.recent) < lufs(l.power)-levellerChange {
		l.power, l.heard = l.recent, levellerTrust
	}
}

// move brings the gain one hop nearer to what the voice needs.
func (l *Leveller) move() {
	if l.heard < levellerTrust {
		return
	}
	l.gainDB += min(max(l.needed()-l.gainDB, -levellerDown*hopSeconds), levellerUp*hopSeconds)
}

// needed is the gain in dB that brings what was learnt to the target.
func (l *Leveller) needed() float64 { return min(max(l.target-lufs(l.power), l.lowest), l.most) }
