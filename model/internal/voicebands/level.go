package voicebands

import "math"

const (
	// fullScale is the power of a hop that lies at -1 and 1 throughout, in all its bins: a voice's level is lower.
	fullScale = 240_000

	// absurd is 20 dB above: no sound, but a fault of what delivers it.
	absurd = 100 * fullScale
)

// Sound reports whether power is that of a hop of sound: neither absurd nor no number.
func Sound(power float32) bool { return power <= absurd && !math.IsNaN(float64(power)) }

// Level is that of the loudest hop lately, of full scale at most: of what follows, nothing is heard rightly before it
// has fallen.
type Level float32

// Follow takes the power of a hop, left being what is left of a level after one. What is no sound leaves it.
func (l *Level) Follow(power, left float32) {
	if !Sound(power) {
		power = 0
	}
	*l = max(Level(min(power, fullScale)), *l*Level(left))
}
