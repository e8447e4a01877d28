package voice

import (
	"math"
	"testing"

	"github.com/stillmic/stillmic/audioio"
)

// Where peaks are held, the channels of a recording keep their proportion.
func TestLinkedLimiter(t *testing.T) {
	chains := NewLinked(Settings{}, 2)
	left, right := new(audioio.Block), new(audioio.Block)
	peak := float32(0)
	for hop := range 20 {
		for i := range left {
			left[i] = float32((1 + float64(hop%4)) * math.Sin(0.05*float64(hop*audioio.BlockSize+i)))
			right[i] = left[i] / 4
		}
		chains[0].Process(left, 1)
		chains[1].Process(right, 1)
		for i := range left {
			if math.Abs(float64(left[i]/4-right[i])) > 1e-6 {
				t.Fatalf("hop %d, sample %d: %g and %g", hop, i, left[i], right[i])
			}
			peak = max(peak, left[i])
		}
	}
	if peak < 0.8 || peak > 0.8913 { // -1 dB
		t.Errorf("a peak of %g", peak)
	}
}
