package speaker

import (
	"math"
	"testing"

	"github.com/stillmic/stillmic/audioio"
)

// through sends a sine through a clock whose output is read at a rate of its own, and returns what
// came out and how much waited at the end.
func through(c *clock, hops int, ppm float64, queued float64) (out []float32, left float64) {
	n := 0
	for range hops {
		var l, r audioio.Block
		for i := range l {
			l[i] = float32(0.5 * math.Sin(2*math.Pi*997*float64(n)/audioio.SampleRate))
			r[i] = l[i] / 2
			n++
		}
		if c.takeCut() {
			queued -= audioio.BlockSize
			continue
		}
		a, b := c.match(&l, &r, int(queued))
		if len(a) != len(b) {
			panic("the channels have come apart")
		}
		out = append(out, a...)
		queued += float64(len(a)) - audioio.BlockSize*(1+ppm*1e-6)
	}
	return out, queued
}

// roughest returns the largest second difference: a smooth sine of 997 Hz at 0.5 has 0.0085.
func roughest(x []float32) (worst float64) {
	for i := 2; i < len(x); i++ {
		worst = max(worst, math.Abs(float64(x[i]-2*x[i-1]+x[i-2])))
	}
	return worst
}

// Where the clocks agree, what comes goes through bit for bit, whatever waits within bounds.
func TestClockLeavesAlone(t *testing.T) {
	for _, queued := range []float64{least, enough, most} {
		out, _ := through(newClock(), 1000, 0, queued)
		for i := lag; i < len(out); i++ {
			if want := float32(0.5 * math.Sin(2*math.Pi*997*float64(i-lag)/audioio.SampleRate)); out[i] != want {
				t.Fatalf("%v waiting: sample %d is %v, want %v", queued, i, out[i], want)
			}
		}
	}
}

// Where they do not, the queue is kept within bounds, and nothing is heard of it.
func TestClockMatches(t *testing.T) {
	for _, ppm := range []float64{150, -150} {
		c := newClock()
		out, left := through(c, 15_000, ppm, enough) // 150 s: 1,080 samples
		if left < 0 || left > 2*most {
			t.Errorf("%+v ppm: %.0f samples wait", ppm, left)
		}
		if rough := roughest(out[100:]); rough > 0.01 {
			t.Errorf("%+v ppm: a step of %.4f", ppm, rough)
		}
	}
}

// Too much is brought back within bounds, and then it is bit for bit again.
func TestClockComesBack(t *testing.T) {
	c := newClock()
	_, left := through(c, 3_000, 0, most+200)
	if math.Abs(left-few) > 100 || c.busy {
		t.Errorf("%.0f samples wait, at work %v", left, c.busy)
	}
}

// What is far too much is left out, so that it is soon bit for bit again.
func TestClockCuts(t *testing.T) {
	c := newClock()
	if _, left := through(c, 500, 0, 2*most); left > most || c.busy {
		t.Errorf("%.0f samples wait, at work %v", left, c.busy)
	}
}
