package engine

import (
	"math"
	"testing"

	"github.com/stillmic/stillmic/audioio"
)

// sine fills a block with a tone that has run for start samples.
func sine(b *audioio.Block, freq float64, start int) {
	for i := range b {
		b[i] = float32(0.5 * math.Sin(2*math.Pi*freq*float64(start+i)/audioio.SampleRate))
	}
}

// steepest is the largest step between two samples of a, b in a row.
func steepest(blocks ...*audioio.Block) float64 {
	most, last, first := 0.0, float32(0), true
	for _, b := range blocks {
		for _, v := range b {
			if !first {
				most = math.Max(most, math.Abs(float64(v-last)))
			}
			last, first = v, false
		}
	}
	return most
}

// A cut through a tone anywhere leaves no step larger than the tone's own.
func TestConcealHasNoStep(t *testing.T) {
	const freq = 313
	own := 0.5 * 2 * math.Pi * freq / audioio.SampleRate
	for missing := 1; missing < 500; missing += 7 {
		var a, b audioio.Block
		sine(&a, freq, 0)
		sine(&b, freq, audioio.BlockSize+missing)
		raw := steepest(&a, &b)
		conceal(&a, &b)
		// The cross-fade adds at most the slope of the window, pi/2/480 of the
		// difference of the two.
		if s := steepest(&a, &b); s > 1.01*(own+math.Pi/2/audioio.BlockSize) {
			t.Fatalf("%d samples missing: a step of %.4f (%.4f before), the tone's own is %.4f", missing, s, raw, own)
		}
	}
}

func TestFaderEndsAreExact(t *testing.T) {
	var f fader
	f.jump(1)
	var wet, dry audioio.Block
	sine(&wet, 440, 0)
	sine(&dry, 1000, 0)
	keep := wet
	f.mix(&wet, &dry)
	if wet != keep {
		t.Error("a fader that stands at 1 changes the signal")
	}
	f.to(false)
	f.mix(&wet, &dry)
	if wet[audioio.BlockSize-1] != dry[audioio.BlockSize-1] {
		t.Error("the fade does not end at the unprocessed signal")
	}
	wet = keep
	f.mix(&wet, &dry)
	if wet != dry {
		t.Error("a fader that stands at 0 lets something through")
	}
}
