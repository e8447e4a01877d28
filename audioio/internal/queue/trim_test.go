package queue

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillmic/stillmic/audioio"
)

// run feeds n blocks of a constant to a trimmer, each time with the same excess,
// and returns the number of samples that came out.
func (t *Trimmer) run(n, over int, level float32) int {
	var b audioio.Block
	for i := range b {
		b[i] = level
	}
	total := 0
	for range n {
		total += len(t.Next(b[:], over))
	}
	return total
}

func TestTrimmerLeavesAGoodQueueAlone(t *testing.T) {
	var trim Trimmer
	if got := trim.run(500, trimSlack+trimLeast-1, 0.5); got != 500*audioio.BlockSize {
		t.Errorf("%d samples of %d came out", got, 500*audioio.BlockSize)
	}
}

func TestTrimmerLeavesAQueueThatIsUsedAlone(t *testing.T) {
	var trim Trimmer
	var b audioio.Block
	for i := range 500 {
		over := 2000
		if i%10 == 0 {
			over = trimSlack // every 100 ms all of it is needed
		}
		if got := len(trim.Next(b[:], over)); got != audioio.BlockSize {
			t.Fatalf("block %d was cut to %d", i, got)
		}
	}
}

// After a long stall all that is too much is cut out at one place, and a slow wave goes
// over it without a step.
func TestTrimmerTakesOutMuchAtOnce(t *testing.T) {
	for _, excess := range []int{241, 360, 479, 480, 600, 601, 1000, 4800} { // 5 to 100 ms
		var trim Trimmer
		var out []float32
		places := 0
		const n = 2*trimWindow + 20
		for k := range n {
			b := make([]float32, audioio.BlockSize)
			for i := range b {
				b[i] = float32(math.Sin(2 * math.Pi * 100 * float64(k*audioio.BlockSize+i) / audioio.SampleRate))
			}
			cutting := trim.left > 0
			got := trim.Next(b, trimSlack+excess)
			if len(got) != audioio.BlockSize && !cutting {
				places++
			}
			out = append(out, got...)
		}
		if want := n*audioio.BlockSize - excess; len(out) > want || len(out) < want-trimFade {
			t.Errorf("%d too much: %d samples came out, want %d or up to %d fewer", excess, len(out), want, trimFade)
		}
		if places != 1 {
			t.Errorf("%d too much: cut at %d places", excess, places)
		}
		for i := 1; i < len(out); i++ {
			if d := math.Abs(float64(out[i] - out[i-1])); d > 0.0131+2.0/trimFade { // as in TestSpliceIsSmooth
				t.Fatalf("%d too much: a step of %.4f at %d", excess, d, i)
			}
		}
	}
}

// A long cut ends where the queue turns out to be needed.
func TestTrimmerStopsCutting(t *testing.T) {
	var trim Trimmer
	trim.run(2*trimWindow-1, trimSlack+48000, 0.5)
	if trim.run(1, trimSlack+48000, 0.5) == audioio.BlockSize || trim.left == 0 {
		t.Fatal("nothing is being cut: the test proves nothing")
	}
	if got := trim.run(1, 0, 0.5); got != audioio.BlockSize || trim.left != 0 {
		t.Errorf("%d samples of %d came out for an empty queue", got, audioio.BlockSize)
	}
}

func TestTrimmerTakesOutExcess(t *testing.T) {
	var trim Trimmer
	// 100 samples more than the least: cut in the second window of 500 ms.
	over := trimSlack + 220
	if got, want := trim.run(2*trimWindow, over, 0.5), 2*trimWindow*audioio.BlockSize-220; got != want {
		t.Errorf("%d samples came out, want %d", got, want)
	}
	trim = Trimmer{}
	trim.run(trimWindow, 100, 0.5) // speech, on time
	trim.run(trimWindow-1, over, 0.5)
	// A pause is taken at once.
	if got, want := trim.run(2, over, 0.001), 2*audioio.BlockSize-220; got != want {
		t.Errorf("%d samples came out in the pause, want %d", got, want)
	}
}

// TestSpliceIsSmooth: a slow wave keeps its slope but for the fade, and both
// ends of the block stay as they are, whatever is cut.
func TestSpliceIsSmooth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(audioio.BlockSize-16, audioio.MaxSamples).Draw(t, "size")
		n := rapid.IntRange(1, size-2*trimFade).Draw(t, "cut")
		in := make([]float32, size)
		for i := range in {
			in[i] = float32(math.Sin(2 * math.Pi * 100 * float64(i) / audioio.SampleRate))
		}
		var trim Trimmer
		out := trim.splice(in, n)
		if len(out) != size-n {
			t.Fatalf("%d samples, want %d", len(out), size-n)
		}
		const edge = 10
		if !slices.Equal(out[:edge], in[:edge]) || !slices.Equal(out[len(out)-edge:], in[size-edge:]) {
			t.Fatal("the ends have changed")
		}
		// A 100 Hz sine rises by 0.013 a sample at most; the fade adds the
		// difference of two values, 2 at most, over its 120 samples.
		const limit = 0.0131 + 2.0/trimFade
		for i := 1; i < len(out); i++ {
			if d := math.Abs(float64(out[i] - out[i-1])); d > limit {
				t.Fatalf("a step of %.4f at %d", d, i)
			}
		}
	})
}
