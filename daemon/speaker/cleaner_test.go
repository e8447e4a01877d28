package speaker

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/model"
)

// always is a detector that says the same of everything.
type always bool

func (a always) Hear(_, _ []float32) {}

func (a always) Music() bool { return bool(a) }

func testCleaner(t *testing.T, music Detector) *cleaner {
	t.Helper()
	w, err := model.Small()
	if err == nil {
		w, err = w.WithoutDelay()
	}
	if err != nil {
		t.Fatal(err)
	}
	return newCleaner(w, music)
}

// throughCleaner returns what becomes of noise of two channels.
func throughCleaner(c *cleaner, hops int, limit strength.Limit) (in, out [2][]float32) {
	r := rand.New(rand.NewPCG(5, 6))
	for range hops {
		var b [2]audioio.Block
		for k := range b {
			for i := range b[k] {
				b[k][i] = float32(0.1 * r.NormFloat64())
			}
			in[k] = append(in[k], b[k][:]...)
		}
		c.process(&b[0], &b[1], limit)
		c.late = 0 // a machine under load is not what is tested
		for k := range b {
			out[k] = append(out[k], b[k][:]...)
		}
	}
	return in, out
}

// delayed reports where out differs from in, so many samples later, from some sample on; -1 for nowhere.
func delayed(in, out []float32, by, from int) int {
	for i := from; i < len(out); i++ {
		if out[i] != in[i-by] {
			return i
		}
	}
	return -1
}

// Music is left alone bit for bit, and so is all else at a strength of off, and after the network has
// failed; otherwise noise is lowered by what the strength says.
func TestCleaner(t *testing.T) {
	for name, c := range map[string]struct {
		music always
		limit strength.Limit
		fails bool
	}{"music": {true, strength.Strong, false}, "off": {false, strength.Off, false}, "failed": {false, strength.Strong, true}} {
		cl := testCleaner(t, c.music)
		if c.fails {
			cl.suppress = func(_, _ [][]float32) { panic("the weights are gone") }
		}
		in, out := throughCleaner(cl, 100, c.limit)
		for k := range in {
			if at := delayed(in[k], out[k], cl.delay, 10*audioio.BlockSize); at >= 0 {
				t.Errorf("%s: channel %d differs at %d", name, k, at)
			}
		}
		if fault := cl.figures.fault.Load(); (fault != nil) != c.fails {
			t.Errorf("%s: fault %v", name, fault)
		}
	}
	_, out := throughCleaner(testCleaner(t, always(false)), 300, 24)
	sum := 0.0
	for _, v := range out[0][200*audioio.BlockSize:] {
		sum += float64(v) * float64(v)
	}
	lowered := 20*math.Log10(0.1) - 10*math.Log10(sum/(100*audioio.BlockSize))
	if lowered < 15 || lowered > 25 {
		t.Errorf("noise is lowered by %.1f dB at a limit of 24", lowered)
	}
}

// A machine that is too slow is left in peace for a while, and the sound passes unchanged.
func TestCleanerGivesUp(t *testing.T) {
	c := testCleaner(t, nil)
	for range window {
		c.count(20 * time.Millisecond)
	}
	in, out := throughCleaner(c, 20, strength.Strong)
	if at := delayed(in[0], out[0], c.delay, 3*audioio.BlockSize); at >= 0 || !c.figures.passing.Load() {
		t.Errorf("differs at %d, passing %v", at, c.figures.passing.Load())
	}
	if c.passing = 0; c.figures.missed.Load() != window {
		t.Errorf("%d hops were late", c.figures.missed.Load())
	}
}

// instant is a stream that never waits, and stands as a test says.
type instant struct {
	stream
	n       int
	queued  int
	waiting int
	dry     uint64
	writes  int
}

func (s *instant) Waiting() int { return s.waiting }

func (s *instant) Fill() audioio.Fill { return audioio.Fill{Queued: s.queued, Wanted: calm} }

func (s *instant) Stats() audioio.SinkStats { return audioio.SinkStats{Underruns: s.dry} }

func (s *instant) Write(l, r []float32) error {
	s.writes++
	return s.stream.Write(l, r)
}

func (s *instant) Read(l, r *audioio.Block) error {
	for i := range l {
		l[i], r[i] = float32(s.n%1000)/1000, -float32(s.n%1000)/1000
		s.n++
	}
	return nil
}

// Nothing is allocated in a hop, whatever becomes of it; and each of that happens.
func TestHopAlloc(t *testing.T) {
	var wanted atomic.Pointer[Settings]
	wanted.Store(&Settings{On: true, Strength: strength.Gentle})
	begin := func() (*instant, *mover) {
		s := &instant{queued: calm}
		m := newMover(s, testCleaner(t, always(false)), &wanted)
		for range settling {
			if err := m.hop(); err != nil {
				t.Fatal(err)
			}
		}
		return s, m
	}
	for name, c := range map[string]struct {
		before   func(*instant, *mover)
		happened func(*instant, *mover) bool
	}{
		"direct":    {func(*instant, *mover) {}, func(_ *instant, m *mover) bool { return !m.clock.busy }},
		"resampled": {func(_ *instant, m *mover) { m.clock.ppm = hurry }, func(_ *instant, m *mover) bool { return m.clock.busy }},
		"run dry: waits": {func(s *instant, _ *mover) { s.dry, s.queued, s.writes = s.dry+1, 0, 0 },
			func(s *instant, _ *mover) bool { return s.writes > 1 }},
		"too much waits: is shortened": {func(s *instant, m *mover) { m.clock.cut, m.waited, s.queued = 2*fadeOver, patience, calm },
			func(_ *instant, m *mover) bool { return m.clock.cut == 0 }},
		"far too much waits: is left out": {func(s *instant, _ *mover) { s.waiting, s.writes = 2*late, 0 },
			func(s *instant, m *mover) bool { return m.joining && s.writes == 0 }},
		"joined to what was left out": {func(s *instant, m *mover) { m.joining, s.writes = true, 0 },
			func(s *instant, m *mover) bool { return !m.joining && s.writes == 1 }},
	} {
		s, m := begin()
		ever := 0
		if n := testing.AllocsPerRun(100, func() {
			c.before(s, m)
			if err := m.hop(); err != nil {
				t.Fatal(err)
			}
			if c.happened(s, m) {
				ever++
			}
		}); n != 0 || ever < 90 {
			t.Errorf("%s: %v allocations a hop; has happened in %d of 101", name, n, ever)
		}
	}
}

// A panic of what moves the sound is an error, after which it is begun anew.
func TestMoverPanics(t *testing.T) {
	var wanted atomic.Pointer[Settings]
	wanted.Store(&Settings{})
	m := newMover(nil, testCleaner(t, nil), &wanted)
	m.start(nil)
	<-m.over
	if m.err == nil {
		t.Error("no error")
	}
	if errors.Is(m.err, audioio.ErrClosed) {
		t.Error(fmt.Sprint("closed: ", m.err))
	}
}
