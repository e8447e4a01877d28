package focus

import (
	"fmt"
	"math"
	"testing"

	"github.com/stillmic/stillmic/dsp"
)

// TestOneFaultIsForgotten: a second after a sample that is no sound, what comes out is what would have, to 20 dB below it,
// and so are the odds of who speaks.
func TestOneFaultIsForgotten(t *testing.T) {
	sounds := map[kind][]float32{near: syllables(), me: voiced()}
	for _, fault := range []float64{1e6, 1e15, 3e38, math.Inf(-1), math.NaN()} {
		calm := both(t)
		for k, f := range both(t) {
			t.Run(fmt.Sprintf("%s %g", k, fault), func(t *testing.T) {
				sound, power, off := sounds[k], 0.0, 0.0
				for n := range 500 {
					at := n * dsp.Hop % len(sound)
					raw, hop, want := [dsp.Hop]float32(sound[at:]), [dsp.Hop]float32(sound[at:]), [dsp.Hop]float32(sound[at:])
					calm[k].Process(raw[:], want[:], 1)
					if n == 300 {
						raw[77], hop[77] = float32(fault), float32(fault)
					}
					f.Process(raw[:], hop[:], 1)
					for i := range hop {
						if n >= 400 {
							power += float64(want[i]) * float64(want[i])
							off += float64(want[i]-hop[i]) * float64(want[i]-hop[i])
						}
					}
				}
				if !(off < 0.01*power) {
					t.Errorf("it is %.1f dB off", 10*math.Log10(off/power))
				}
				if d := math.Abs(f.Odds() - calm[k].Odds()); !(d < 0.5) {
					t.Errorf("log odds are %.1f, without it %.1f", f.Odds(), calm[k].Odds())
				}
			})
		}
	}
}

// syllables is a tone that begins and ends at once, as a voice nearby does in a room without an echo, so that it is
// clearly near: of one in doubt the least difference turns what is done to it.
func syllables() []float32 {
	sound := voiced()
	for i := range sound {
		if i/dsp.Hop%20 >= 14 {
			sound[i] = 0
		}
	}
	return sound
}
