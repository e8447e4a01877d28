package dsp

// Gate lowers what lies between words. It looks GateDelay samples ahead: it is
// open before a word begins, holds through pauses within sentences, and closes
// slowly, so that neither a first syllable nor a fading last one is cut. It
// closes only where the network hears no speech and the level is far below the
// voice's.
type Gate struct {
	ahead  [GateDelay]float32
	closed float64 // lowest gain
	gain   float64
	hold   int     // hops to stay open
	voice  float64 // mean square of speech, falling slowly
}

const (
	// GateDelay is the delay of a Gate in samples: 20 ms.
	GateDelay = 2 * Hop

	gateSpeech  = 0.5   // probability of speech that opens it; noise alone reaches 0.4 now and then
	gateBelow   = 1e-4  // -40 dB from the voice: no word begins softer
	gateFloor   = 1e-8  // -80 dBFS: this opens no gate
	gateHold    = 40    // hops, 400 ms
	gateRelease = 0.933 // gain per hop while closing: -0.6 dB, 60 dB/s
)

// NewGate returns a gate that lowers pauses by 12 dB, a strong one by 30 dB. It
// starts open.
func NewGate(strong bool) *Gate {
	g := &Gate{closed: Gain(-12)}
	if strong {
		g.closed = Gain(-30)
	}
	g.Reset()
	return g
}

// Reset forgets the past and opens.
func (g *Gate) Reset() {
	clear(g.ahead[:])
	g.gain, g.hold, g.voice = 1, gateHold, 0
}

// Process takes one hop (Hop samples) and replaces it by the one GateDelay
// samples before. speech is the probability that the new hop holds speech.
func (g *Gate) Process(hop []float32, speech float32) {
	hop = hop[:Hop]
	if g.wants(hop, speech) {
		g.hold = gateHold
	} else if g.hold > 0 {
		g.hold--
	}
	// Swap the new hop for the oldest one.
	var old [Hop]float32
	copy(old[:], g.ahead[:Hop])
	copy(g.ahead[:], g.ahead[Hop:])
	copy(g.ahead[GateDelay-Hop:], hop)
	// The newest hop is heard in 20 ms; the gate opens over what comes out now.
	to := 1.0
	if g.hold == 0 {
		to = max(g.gain*gateRelease, g.closed)
	}
	if to == 1 && g.gain == 1 {
		copy(hop, old[:])
		return
	}
	step := (to - g.gain) / Hop
	for i, x := range old {
		hop[i] = x * float32(to-float64(step*float64(Hop-1-i)))
	}
	g.gain = to
}

// wants says that the gate must be open for a hop, and learns the voice's level
// from those that are speech for sure.
func (g *Gate) wants(hop []float32, speech float32) bool {
	power := 0.0
	for _, x := range hop {
		power += float64(x) * float64(x)
	}
	power /= Hop
	if speech >= levellerSpeech {
		g.voice = follow(g.voice, power, 0.1, 0.005) // within 0.1 s up, 2 s down
	}
	return speech >= gateSpeech || power > max(gateFloor, gateBelow*g.voice) || !(speech >= 0)
}
