package speaker

import (
	"context"
	"slices"
	"strings"
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
func (s *stream) Fill() audioio.Fill       { return audioio.Fill{Queued: calm, Wanted: calm} }
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
	if st := await(t, s, Waiting); !strings.Contains(st.Reason, audioio.ErrNoDevice.Error()) {
		t.Errorf("the output cannot be opened: %+v", st)
	}
	srv.change(func() { srv.view.Output.Name = "good" })
	until(t, "the good output", func() bool { return srv.last().output == "good" })
	await(t, s, Running)
}

// An output that cannot be opened is tried ever less often, and another one at once.
func TestFailure(t *testing.T) {
	var f failure
	if !f.due("a", time.Now()) {
		t.Error("none has failed")
	}
	for _, ms := range []int{100, 200, 400, 500, 500} {
		f = f.again("a")
		want := time.Duration(ms) * time.Millisecond
		if f.retry != want || f.due("a", f.at.Add(want)) || !f.due("a", f.at.Add(want+1)) || !f.due("b", f.at) {
			t.Errorf("%+v, want to be tried again after %v, and another at once", f, want)
		}
	}
	if f = f.again("b"); f.retry != retryFirst {
		t.Errorf("another: %+v", f)
	}
}

// An audio system without virtual outputs says so.
func TestSpeakerIsNotPossible(t *testing.T) {
	s := run(t, struct{}{})
	s.Set(Settings{On: true})
	await(t, s, Impossible)
}
