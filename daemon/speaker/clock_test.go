package speaker

import (
	"math"
	"testing"

	"github.com/stillmic/stillmic/audioio"
)

// calm is what the output wants to wait.
const calm = 144

// through sends a sine through a clock whose output is read at a rate of its own, and returns what
// came out and how much waited at the end.
func through(c *clock, hops int, ppm float64, queued float64, asIs bool) (out []float32, left float64) {
	n := 0
	for range hops {
		var l, r audioio.Block
		for i := range l {
			l[i] = float32(0.5 * math.Sin(2*math.Pi*997*float64(n)/audioio.SampleRate))
			r[i] = l[i] / 2
			n++
		}
		cuts := c.cut > 0
		if cuts && c.wholeHop() {
			queued -= audioio.BlockSize
			continue
		}
		a, b := c.match(&l, &r, state{queued: int(queued), wanted: calm, asIs: asIs})
		if cuts {
			a, b = c.shorten(a, b)
		}
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
	for asIs, levels := range map[bool][]float64{true: {least, calm, calm + loose}, false: {calm - slack, calm, calm + slack}} {
		for _, queued := range levels {
			out, _ := through(newClock(), 1000, 0, queued, asIs)
			for i := lag; i < len(out); i++ {
				if want := float32(0.5 * math.Sin(2*math.Pi*997*float64(i-lag)/audioio.SampleRate)); out[i] != want {
					t.Fatalf("%v waiting, music %v: sample %d is %v, want %v", queued, asIs, i, out[i], want)
				}
			}
		}
	}
}

// Where they do not, the queue is kept within bounds, and nothing is heard of it.
func TestClockMatches(t *testing.T) {
	for asIs, bounds := range map[bool][2]float64{true: {0, calm + loose + 100}, false: {0, calm + slack + 100}} {
		for _, ppm := range []float64{150, -150} {
			out, left := through(newClock(), 15_000, ppm, calm, asIs) // 150 s: 1,080 samples
			if left < bounds[0] || left > bounds[1] {
				t.Errorf("%+v ppm, music %v: %.0f samples wait", ppm, asIs, left)
			}
			if rough := roughest(out[100:]); rough > 0.01 {
				t.Errorf("%+v ppm, music %v: a step of %.4f", ppm, asIs, rough)
			}
		}
	}
}

// Too much is brought back within bounds, and then it is bit for bit again.
func TestClockComesBack(t *testing.T) {
	for asIs, much := range map[bool]float64{true: calm + loose + 100, false: calm + slack + 100} {
		c := newClock()
		_, left := through(c, 3_000, 0, much, asIs)
		if math.Abs(left-calm) > 100 || c.busy {
			t.Errorf("music %v: %.0f samples wait, at work %v", asIs, left, c.busy)
		}
	}
}

// What is far too much is left out, so that it is soon bit for bit again.
func TestClockCuts(t *testing.T) {
	for _, asIs := range []bool{true, false} {
		c := newClock()
		if _, left := through(c, 500, 0, 2400, asIs); math.Abs(left-calm) > 130 || c.busy {
			t.Errorf("music %v: %.0f samples wait, at work %v", asIs, left, c.busy)
		}
	}
}

// An output that runs dry has more wait from then on, and less again when it has not for long.
func TestClockIsWary(t *testing.T) {
	c := newClock()
	for dry := range uint64(10) {
		c.learn(dry)
	}
	if c.extra != waryMost {
		t.Errorf("%d samples more are to wait, want %d", c.extra, waryMost)
	}
	for range calmerAfter * waryMost / calmer {
		c.learn(9)
	}
	if c.extra != 0 {
		t.Errorf("%d samples more are to wait after a long while, want none", c.extra)
	}
}

// When music begins the rate is its own again, wherever the queue stands within its bounds.
func TestClockLeavesMusicAsItBegins(t *testing.T) {
	c := newClock()
	through(c, 3*second, 0, calm+200, false)
	if !c.busy {
		t.Fatal("it is not at work: the test proves nothing")
	}
	through(c, 2*second, 0, calm+200, true)
	if c.busy {
		t.Error("it works on")
	}
}
