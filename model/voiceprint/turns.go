package voiceprint

import (
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/kernel"
)

// Turns says of every hop of a recording whether the print's voice speaks in it or another's,
// Delay samples later, when it knows what follows. Where it cannot tell, it says neither.
type Turns struct {
	listener *listener
	decider  *decider
	hops     int
	odds     [keep]float64 // of the last blocks that are decided, a ring
	decided  int
}

const (
	// guard is how many blocks before and after one that may be the print's voice may be, too.
	guard = 1

	keep     = 2*guard + 2
	lateHops = (decideLate+guard+1)*blockHops + listenerDelay
)

// NewTurns returns a Turns for the voice of a print. Its error is ErrOtherNetwork if this network cannot use it.
func NewTurns(p *Print) (*Turns, error) {
	n, err := networkOf(p)
	if err != nil {
		return nil, err
	}
	own := *p
	return &Turns{listener: newListener(n), decider: &decider{network: n, kernels: newWorker(kernel.Best()), print: &own}}, nil
}

// Hear takes a hop of 480 samples without noise, and how sure the suppressor is that it holds speech.
func (t *Turns) Hear(hop []float32, speech float32) {
	t.hops++
	if !t.listener.hear(hop, speech) {
		return
	}
	if odds, there := t.decider.take(&t.listener.done); there {
		t.odds[t.decided%keep] = odds
		t.decided++
	}
}

// Delay is by how many samples what is said lies behind what is heard.
func (t *Turns) Delay() int { return lateHops * dsp.Hop }

// Odds are the natural logarithm of how much likelier the print's voice is than another's, in the hop
// Delay before the one that was heard last, or shortly before or after it; 0 where nothing is known.
func (t *Turns) Odds() float64 {
	block := (t.hops - 1 - lateHops) / blockHops
	if t.hops <= lateHops {
		return 0
	}
	most := t.odds[block%keep]
	for b := max(block-guard, 0); b <= block+guard; b++ {
		most = max(most, t.odds[b%keep])
	}
	return most
}
