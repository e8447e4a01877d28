package engine

import (
	"math"
	"testing"

	"github.com/stillmic/stillmic/audioio"
)

// A queue that stays a block too long through a second is shortened, in a
// pause if one comes within two seconds.
func TestTrimmer(t *testing.T) {
	run := func(excess func(hop int) int, speech float32, n int) (cuts []int) {
		var tr queueTrimmer
		for i := range n {
			if tr.cut(excess(i), speech) {
				cuts = append(cuts, i)
			}
		}
		return cuts
	}
	if c := run(func(int) int { return 1 }, 0, 150); len(c) != 1 || c[0] != settleHops-1 {
		t.Errorf("in a pause: cut at %v, want at %d", c, settleHops-1)
	}
	if c := run(func(int) int { return 1 }, 1, 400); len(c) != 1 || c[0] < settleHops || c[0] > settleHops+patience {
		t.Errorf("in speech: cut at %v, want after the patience", c)
	}
	if c := run(func(i int) int { return (i + 1) % 2 }, 0, 1000); len(c) != 0 {
		t.Errorf("a queue that empties every other hop was cut at %v", c)
	}
}

func TestStallIsDroppedAtOnce(t *testing.T) {
	var l latency
	l.reset()
	if n := l.excess(25*audioio.BlockSize, 1); n != 25 {
		t.Errorf("%d of 25 stalled blocks dropped", n)
	}
	if n := l.excess(3*audioio.BlockSize, 1); n != 0 {
		t.Errorf("%d of 3 blocks dropped at once", n)
	}
}

// wanted is what is to be left.
const wanted = 600

// settle is a sink whose clock differs by ppm: what is left when a block
// comes follows from the rates alone.
func settle(t *testing.T, ppm float64, left float64, seconds int) (least float64, rate float64) {
	t.Helper()
	var m driftController
	least = math.Inf(1)
	for i := range seconds * 100 {
		rate = m.drift(audioio.Fill{Queued: int(left), Wanted: wanted})
		made := audioio.BlockSize * (1 + rate*1e-6)
		taken := audioio.BlockSize * (1 + ppm*1e-6)
		left += made - taken
		if i > seconds*50 {
			least = math.Min(least, left)
		}
	}
	return left, rate
}

func TestDriftControllerFindsTheClock(t *testing.T) {
	for _, ppm := range []float64{0, 30, -30, 200, -200, 500, -500} {
		left, rate := settle(t, ppm, wanted, 1200)
		if math.Abs(left-wanted) > 2*deadBand {
			t.Errorf("%+.0f ppm: %.0f samples are left after 20 minutes, want %d", ppm, left, wanted)
		}
		if math.Abs(rate-ppm) > 60 {
			t.Errorf("%+.0f ppm: the rate is %+.0f", ppm, rate)
		}
	}
}

// A stall takes audio out of the sink, a late start leaves too much in it: both
// are made good within half a minute, and do not pass for a difference of the
// clocks.
func TestDriftControllerRecovers(t *testing.T) {
	for _, off := range []float64{-400, 400} {
		left, rate := settle(t, 0, wanted+off, 30)
		if math.Abs(left-wanted) > 2*deadBand || math.Abs(rate) > 60 {
			t.Errorf("%+.0f samples off: 30 s later %.0f are left, want %d, at %+.0f ppm", off, left, wanted, rate)
		}
	}
}
