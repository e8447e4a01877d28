package speaker

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap/zaptest"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/model"
)

// server publishes a virtual output that stands as a test says.
type server struct {
	mu      sync.Mutex
	view    audioio.SpeakerView
	gone    bool // the virtual output
	refuses bool // to publish
	opened  int
	closed  int
	streams []*stream
	news    chan struct{}
	done    chan struct{}
}

func newServer() *server {
	return &server{news: make(chan struct{}, 1), done: make(chan struct{}), view: audioio.SpeakerView{Output: audioio.Output{Name: "out", Description: "Out"}}}
}

// change changes how it stands.
func (s *server) change(f func()) {
	s.mu.Lock()
	f()
	s.mu.Unlock()
	select {
	case s.news <- struct{}{}:
	default:
	}
}

func (s *server) OpenSpeaker(context.Context) (audioio.Speaker, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuses {
		return nil, audioio.ErrNoServer
	}
	s.opened++
	s.gone = false
	return s, nil
}

func (s *server) News() <-chan struct{} { return s.news }
func (s *server) Done() <-chan struct{} { return s.done }

func (s *server) Look(string) (audioio.SpeakerView, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone {
		return audioio.SpeakerView{}, audioio.ErrDeviceGone
	}
	return s.view, nil
}

func (s *server) Stream(output string) (audioio.SpeakerStream, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if output == "bad" {
		return nil, audioio.ErrNoDevice
	}
	st := &stream{output: output, ended: make(chan struct{})}
	s.streams = append(s.streams, st)
	return st, nil
}

func (s *server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed++
	return nil
}

// last returns the stream opened last, nil if there is none.
func (s *server) last() *stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.streams) == 0 {
		return nil
	}
	return s.streams[len(s.streams)-1]
}

// stream gives a hop a millisecond and takes what is written.
type stream struct {
	output  string
	ended   chan struct{}
	once    sync.Once
	written atomic.Uint64
}

func (s *stream) OwnThread()   {}
func (s *stream) Waiting() int { return 0 }
func (s *stream) Read(l, r *audioio.Block) error {
	select {
	case <-s.ended:
		return audioio.ErrClosed
	case <-time.After(time.Millisecond):
	}
	for i := range l {
		l[i], r[i] = 0.1, 0.1
	}
	return nil
}
func (s *stream) Write(l, _ []float32) error {
	s.written.Add(uint64(len(l)))
	return nil
}
func (s *stream) Fill() audioio.Fill       { return audioio.Fill{Queued: enough} }
func (s *stream) Stats() audioio.SinkStats { return audioio.SinkStats{} }
func (s *stream) Close() error {
	s.once.Do(func() { close(s.ended) })
	return nil
}

// run starts a speaker on a server until the test ends.
func run(t *testing.T, srv any) *Speaker {
	t.Helper()
	s := New(Options{Opener: srv, Weights: model.Small, Log: zaptest.NewLogger(t)})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	t.Cleanup(func() { stop(); <-done })
	return s
}

// await waits for a state.
func await(t *testing.T, s *Speaker, want State) Status {
	t.Helper()
	for begin := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		st := s.Status()
		if st.State == want {
			return st
		}
		if time.Since(begin) > 20*time.Second {
			t.Fatalf("%+v, want %s", st, want)
		}
	}
}

// A speaker is published when it is switched on, moves sound while somebody plays, to the output
// of now, and rests when nobody has for a while; switched off it is taken away.
func TestSpeakerLives(t *testing.T) {
	srv := newServer()
	s := run(t, srv)
	await(t, s, Off)
	if srv.opened != 0 {
		t.Error("it is published while it is off")
	}
	s.Set(Settings{On: true, Strength: strength.Gentle})
	await(t, s, Suspended)
	if srv.last() != nil {
		t.Error("sound is moved while nobody plays")
	}
	srv.change(func() { srv.view.Playing, srv.view.Apps = 1, []string{"Call"} })
	st := await(t, s, Running)
	if st.Output != "Out" || !slices.Equal(st.Apps, []string{"Call"}) {
		t.Errorf("%+v", st)
	}
	first := srv.last()
	srv.change(func() { srv.view.Output = audioio.Output{Name: "other", Description: "Other"} })
	until(t, "another output", func() bool { st := s.Status(); return st.Output == "Other" && srv.last().output == "other" })
	select {
	case <-first.ended:
	default:
		t.Error("the stream to the first output goes on")
	}
	srv.change(func() { srv.view.Output = audioio.Output{} })
	await(t, s, NoOutput)
	srv.change(func() { srv.view.Output = audioio.Output{Name: "out"} })
	await(t, s, Running)
	until(t, "hops", func() bool { return s.Status().Hops > 100 })
	srv.change(func() { srv.view.Playing = 0 })
	begin := time.Now()
	st = await(t, s, Suspended)
	if time.Since(begin) < linger-time.Second {
		t.Errorf("it rests after %v", time.Since(begin))
	}
	if st.Hops < 100 || len(st.Apps) != 0 {
		t.Errorf("at rest: %+v", st)
	}
	s.Set(Settings{})
	await(t, s, Off)
	until(t, "its end", func() bool { srv.mu.Lock(); defer srv.mu.Unlock(); return srv.closed == 1 })
}

func until(t *testing.T, what string, right func() bool) {
	t.Helper()
	for begin := time.Now(); !right(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > 20*time.Second {
			t.Fatalf("no %s", what)
		}
	}
}

// It comes back when the server has, when its output was removed, and when a stream ends; an output that
// cannot be opened is tried again.
func TestSpeakerComesBack(t *testing.T) {
	srv := newServer()
	srv.refuses = true
	s := run(t, srv)
	s.Set(Settings{On: true})
	if st := await(t, s, Waiting); st.Reason == "" {
		t.Error("no reason")
	}
	srv.change(func() { srv.refuses, srv.view.Playing = false, 1 })
	await(t, s, Running)
	srv.last().Close()
	until(t, "another stream", func() bool { srv.mu.Lock(); defer srv.mu.Unlock(); return len(srv.streams) == 2 })
	srv.change(func() { srv.gone = true })
	until(t, "another virtual output", func() bool { srv.mu.Lock(); defer srv.mu.Unlock(); return srv.opened == 2 })
	await(t, s, Running)
	srv.change(func() { srv.view.Output.Name = "bad" })
	time.Sleep(300 * time.Millisecond)
	srv.change(func() { srv.view.Output.Name = "good" })
	until(t, "the good output", func() bool { return srv.last().output == "good" })
}

// An audio system without virtual outputs says so.
func TestSpeakerIsNotPossible(t *testing.T) {
	s := run(t, struct{}{})
	s.Set(Settings{On: true})
	await(t, s, Impossible)
}

// always is a detector that says the same of everything.
type always bool

func (a always) Hear(_, _ []float32) {}
func (a always) Music() bool         { return bool(a) }

func testCleaner(t *testing.T, music Detector) *cleaner {
	t.Helper()
	w, err := model.Small()
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

// instant is a stream that never waits.
type instant struct {
	stream
	n int
}

func (s *instant) Read(l, r *audioio.Block) error {
	for i := range l {
		l[i], r[i] = float32(s.n%1000)/1000, -float32(s.n%1000)/1000
		s.n++
	}
	return nil
}

func TestHopAlloc(t *testing.T) {
	var wanted atomic.Pointer[Settings]
	wanted.Store(&Settings{On: true, Strength: strength.Gentle})
	m := newMover(&instant{}, testCleaner(t, always(false)), &wanted)
	for _, ppm := range []float64{0, hurry} {
		m.clock.ppm = ppm
		if n := testing.AllocsPerRun(200, func() {
			if err := m.hop(); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%v allocations a hop at %v ppm", n, ppm)
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
