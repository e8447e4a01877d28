package farend

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/audioio"
)

// server is an audio system whose output is what a test says.
type server struct {
	mu        sync.Mutex
	output    audioio.Output
	elsewhere bool
	heard     func([]float32)
	changed   func(audioio.Output)
	opened    int
}

type opened struct{ s *server }

func (o opened) Done() <-chan struct{} { return nil }
func (o opened) Close() error {
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	o.s.heard, o.s.changed = nil, nil
	return nil
}

func (s *server) OpenReference(heard func([]float32), changed func(audioio.Output)) (audioio.Reference, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard, s.changed = heard, changed
	s.opened++
	changed(s.output)
	return opened{s}, nil
}

func (s *server) EchoCancelled(string) (bool, error) { return s.elsewhere, nil }

func (s *server) switchTo(o audioio.Output) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.output = o
	if s.changed != nil {
		s.changed(o)
	}
}

func (s *server) play(samples []float32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.heard != nil {
		s.heard(samples)
	}
}

// keep has a canceller listen to the server until the test ends.
func keep(t *testing.T, s *server) *Canceller {
	t.Helper()
	c := New(zap.NewNop())
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { c.Keep(ctx, s, "mic") })
	t.Cleanup(func() {
		stop()
		running.Wait()
		if got := c.Status().State; got != Unused {
			t.Errorf("in the end the state is %q, want %q", got, Unused)
		}
	})
	return c
}

func await(t *testing.T, c *Canceller, want State) {
	t.Helper()
	for begin := time.Now(); c.Status().State != want; time.Sleep(time.Millisecond) {
		if time.Since(begin) > 20*time.Second {
			t.Fatalf("the state is %q, want %q", c.Status().State, want)
		}
	}
}

// far makes hops of noise in syllables.
func far() func() []float32 {
	r := rand.New(rand.NewPCG(1, 1))
	n := 0
	hop := make([]float32, audioio.BlockSize)
	return func() []float32 {
		for i := range hop {
			hop[i] = float32(0.05 * r.NormFloat64() * max(0, 0.5+math.Sin(2*math.Pi*3*float64(n)/audioio.SampleRate)))
			n++
		}
		return hop
	}
}

// call plays for a number of hops, which come back 30 ms later, and returns the power of the microphone
// and what is left of it in the last second, and whether all of it stayed as it was.
func call(s *server, c *Canceller, hops int) (lowered float64, same bool) {
	next := far()
	var past [3]audioio.Block
	before, after := 0.0, 0.0
	same = true
	for h := range hops {
		played := next()
		s.play(played)
		mic := past[h%len(past)]
		past[h%len(past)] = audioio.Block(played)
		out := mic
		c.Process(&out)
		same = same && out == mic
		if h >= hops-100 {
			for i := range mic {
				before += float64(mic[i]) * float64(mic[i])
				after += float64(out[i]) * float64(out[i])
			}
		}
	}
	return 10 * math.Log10(before/max(after, 1e-12)), same
}

// Loudspeakers come back, and their echo goes within three seconds.
func TestLoudspeakers(t *testing.T) {
	s := &server{output: audioio.Output{Name: "speakers", Description: "Speakers"}}
	c := keep(t, s)
	await(t, c, Waiting)
	if db, _ := call(s, c, 400); db < 20 {
		t.Errorf("the echo is lowered by %.1f dB, want 20", db)
	}
	if st := c.Status(); st.State != Working || st.Output != "Speakers" {
		t.Errorf("the status is %+v", st)
	}
}

// With headphones, where the server does it already, and switched off, the microphone passes to
// the bit; "on" works with headphones, too.
func TestStepsAside(t *testing.T) {
	speakers := audioio.Output{Name: "speakers"}
	headphones := audioio.Output{Name: "headphones", Headphones: true}
	for name, c := range map[string]struct {
		server *server
		mode   Mode
		want   State
	}{
		"headphones": {&server{output: headphones}, Auto, Headphones},
		"elsewhere":  {&server{output: speakers, elsewhere: true}, Auto, Elsewhere},
		"no output":  {&server{}, Auto, NoOutput},
		"off":        {&server{output: speakers}, Off, Unused},
	} {
		t.Run(name, func(t *testing.T) {
			e := keep(t, c.server)
			e.SetMode(c.mode)
			await(t, e, c.want)
			if _, same := call(c.server, e, 200); !same {
				t.Error("the microphone does not pass to the bit")
			}
		})
	}
	s := &server{output: headphones}
	c := keep(t, s)
	c.SetMode(On)
	await(t, c, Waiting)
	if db, _ := call(s, c, 400); db < 20 {
		t.Errorf("on: the echo is lowered by %.1f dB, want 20", db)
	}
}

// What comes after another output is another echo, and goes within three seconds.
func TestOutputChanges(t *testing.T) {
	s := &server{output: audioio.Output{Name: "speakers"}}
	c := keep(t, s)
	await(t, c, Waiting)
	call(s, c, 300)
	s.switchTo(audioio.Output{Name: "television"})
	if db, _ := call(s, c, 400); db < 20 {
		t.Errorf("the echo is lowered by %.1f dB, want 20", db)
	}
	s.switchTo(audioio.Output{Name: "headphones", Headphones: true})
	await(t, c, Headphones)
	c.Process(&audioio.Block{}) // the change takes a hop
	if _, same := call(s, c, 200); !same {
		t.Error("with headphones the microphone does not pass to the bit")
	}
}

// An audio system that cannot be heard leaves the microphone as it is.
func TestNotPossible(t *testing.T) {
	c := New(zap.NewNop())
	ctx, stop := context.WithCancel(context.Background())
	stop()
	c.Keep(ctx, struct{}{}, "mic")
	hop := audioio.Block{1, 2, 3}
	c.Process(&hop)
	if hop != (audioio.Block{1, 2, 3}) {
		t.Error("the hop is changed")
	}
}

func TestProcessAlloc(t *testing.T) {
	s := &server{output: audioio.Output{Name: "speakers"}}
	c := keep(t, s)
	await(t, c, Waiting)
	next := far()
	var mic audioio.Block
	if n := testing.AllocsPerRun(300, func() {
		s.play(next())
		c.Process(&mic)
	}); n != 0 {
		t.Errorf("%g allocations in a hop", n)
	}
}
