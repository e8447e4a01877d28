package engine

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/strength"
)

// TestAtOnce: whatever is set, fails or comes late in the same hop or in hops that follow, a tone has no click.
func TestAtOnce(t *testing.T) {
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 7))
		e := New(newAhead(2), strength.Max)
		e.SetFallbacks(newAhead(1), &halver{})
		var done []string
		var last, in, out audioio.Block
		for n := range 60 {
			for _, what := range r.Perm(7)[:r.IntN(4)] {
				if n > 4 {
					done = append(done, happens(e, what, r))
				}
			}
			done = append(done, "|")
			sine(&in, 440, n*audioio.BlockSize)
			e.Hop(&out, &in)
			// Where the unprocessed takes the place of half as loud, the tone is twice as steep.
			if s := steepest(&last, &out); n > 4 && s > 2*noClick {
				t.Fatalf("seed %d, hop %d: a step of %.4f, must be %.4f at most: %v", seed, n, s, 2*noClick, done)
			}
			last = out
		}
	}
}

// happens has something happen to an engine. The load moves by one step at most in a hop.
func happens(e *Engine, what int, r *rand.Rand) string {
	switch what {
	case 0:
		e.SetFocus(&hopLate{gain: 1, panics: r.IntN(12)})
		return "a focus that delays"
	case 1:
		e.SetFocus(&quieter{gain: 1})
		return "a focus that does not"
	case 2:
		e.SetFocus(nil)
		return "no focus"
	case 3:
		e.Replace(newAhead(r.IntN(3)))
		return "another suppressor"
	case 4:
		if r.IntN(2) == 0 {
			for range overloadLimit / overloadWeight {
				e.count(2 * hopTime)
			}
			return "a step down"
		}
		for range restHops {
			e.count(time.Millisecond)
		}
		return "a step up"
	case 5:
		e.SetBypass(r.IntN(2) == 0)
		return "bypass"
	}
	e.SetStrength([]strength.Limit{strength.Off, strength.Max}[r.IntN(2)])
	return "another strength"
}
