package engine

import (
	"math"

	"github.com/stillmic/stillmic/audioio"
)

// fadeIn rises like a raised cosine over one block; fadeIn[i] and
// fadeIn[last-i] add up to 1.
var fadeIn = func() (w [audioio.BlockSize]float32) {
	for i := range w {
		w[i] = float32(0.5 - 0.5*math.Cos(math.Pi*(float64(i)+0.5)/audioio.BlockSize))
	}
	return w
}()

// conceal hides that audio is missing between prev and next: next is faded
// in over what prev would have gone on with. The guess is prev played
// backwards, which joins it without a step and has its colour and level.
func conceal(prev, next *audioio.Block) {
	last := audioio.BlockSize - 1
	for i := range next {
		next[i] = next[i]*fadeIn[i] + prev[last-i]*fadeIn[last-i]
	}
}

// fadeOut fills next with prev played backwards and fading away: the last thing
// to be heard before a gap.
func fadeOut(prev, next *audioio.Block) {
	last := audioio.BlockSize - 1
	for i := range next {
		next[i] = prev[last-i] * fadeIn[last-i]
	}
}
