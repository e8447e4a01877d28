package voiceprint

import "github.com/stillmic/stillmic/model/internal/logodds"

// Resemblance says how much the voice in a stream resembles a print, from the past alone. It
// allocates nothing once it is made, and belongs to one goroutine.
type Resemblance struct {
	listener *listener
	print    *Print
	blocks   [recent]sums // the last with a voice, a ring
	taken    int
	window   sums
	values   Values
	second   Alike
	latest   Alike
	odds     float64 // log odds that it is the print's
	heard    reference
}

// Alike is how much a voice resembles a print, 1 at most, 0 where that is not known.
type Alike struct {
	Value float32
	Known bool // enough of a voice was heard
}

const (
	recent = 10 // blocks: a second
	latest = 4  // blocks: 0.4 s

	// As steep and border of a decider, for a window that ends with the block that is judged.
	liveSteep, liveBorder = 4.0, 0.5

	// The log odds stay within these, so that they turn soon.
	leastOdds, greatestOdds = -5.0, 3.0

	// backAgain is how much of its usual resemblance latest blocks have that are surely the print's.
	backAgain = 0.5
)

// NewResemblance returns a Resemblance to a print. Its error is ErrOtherNetwork if this network
// cannot use that.
func NewResemblance(p *Print) (*Resemblance, error) {
	n, err := networkOf(p)
	if err != nil {
		return nil, err
	}
	own := *p
	return &Resemblance{listener: newListener(n), print: &own}, nil
}

// Hear takes the powers of the bands of voices (voicebands.Powers) in the spectrum of the last two hops without noise
// (dsp.Analyzer with dsp.Vorbis), and how sure the suppressor is that the newer one holds speech, from 0 to 1. It is to
// be called for every hop.
func (r *Resemblance) Hear(power *[bands]float32, speech float32) {
	if !r.listener.hearPowers(power, speech) {
		return
	}
	block := &r.listener.done
	if block.voiced == 0 {
		return
	}
	r.blocks[r.taken%recent] = *block
	r.taken++
	r.second = r.alike(recent)
	r.latest = r.alike(latest)
	r.follow()
}

// follow moves the odds by what is known now. The print's voice is back as soon as the last 0.4 s resemble it.
func (r *Resemblance) follow() {
	if !r.second.Known {
		return
	}
	alike := float64(r.second.Value)
	own := r.heard.next(alike, float64(r.print.Own))
	odds := min(max(liveSteep*(alike/own-liveBorder), -mostOdds), mostOdds)
	r.odds = min(max(logodds.Passed(r.odds, change)+odds, leastOdds), greatestOdds)
	if r.latest.Known && float64(r.latest.Value) > backAgain*own {
		r.odds = max(r.odds, 0)
	}
}

// Odds are the natural logarithm of how much likelier the print's voice is than another's, by the past; 0 where
// nothing is known.
func (r *Resemblance) Odds() float64 { return r.odds }

// Second is of the last second with a voice, of what was heard until 160 ms ago.
func (r *Resemblance) Second() Alike { return r.second }

// Latest is of the last 0.4 s with a voice.
func (r *Resemblance) Latest() Alike { return r.latest }

// Reset forgets what was heard.
func (r *Resemblance) Reset() {
	r.listener.reset()
	*r = Resemblance{listener: r.listener, print: r.print}
}

// alike is of the last blocks.
func (r *Resemblance) alike(blocks int) Alike {
	k := r.kernels()
	r.window = sums{}
	for b := max(r.taken-blocks, 0); b < r.taken; b++ {
		r.window.add(k, &r.blocks[b%recent])
	}
	if r.window.voiced < leastSpoken {
		return Alike{}
	}
	r.listener.stream.network.from(k, &r.window, &r.values)
	return Alike{Value: r.values.resembles(&r.print.Values), Known: true}
}

func (r *Resemblance) kernels() *worker { return r.listener.stream.kernels }
