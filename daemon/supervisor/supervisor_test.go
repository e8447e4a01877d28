package supervisor

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/device"
	"github.com/stillmic/stillmic/daemon/engine"
)

const ownMic, desk = "Stillmic Microphone", "desk microphone"

// begin runs a part of a supervisor until the test ends.
func begin(t *testing.T, part func(context.Context) error) (ended chan error) {
	ctx, cancel := context.WithCancel(t.Context())
	ended = make(chan error, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ended <- part(ctx)
	}()
	t.Cleanup(func() { cancel(); <-done })
	synctest.Wait()
	return ended
}

// While nobody listens it is still known whether there is a microphone, and
// none is opened to find out.
func TestUnpluggedAtRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQuietServer()
		s := newQuietSupervisor(t, q)
		begin(t, func(ctx context.Context) error { return s.rest(ctx) })
		own, monitor := audioio.Device{Name: ownMic, Default: true}, audioio.Device{Name: "speakers.monitor", Monitor: true}
		is := func(state State, source string) {
			t.Helper()
			if h := s.now.load(); h.State != state || h.Source.Name != source {
				t.Errorf("%s (%s) with %q, want %s with %q", h.State, h.Reason, h.Source.Name, state, source)
			}
		}
		is(Suspended, desk)
		q.change(audioio.EventDeviceRemoved, desk, own, monitor)
		is(WaitingForDevice, desk)
		q.change(audioio.EventDeviceAdded, monitor.Name, own, monitor)
		is(WaitingForDevice, desk)
		q.change(audioio.EventDeviceAdded, "webcam", own, monitor, audioio.Device{Name: "webcam"})
		is(Suspended, "webcam")
		q.change(audioio.EventDeviceRemoved, "webcam", own, monitor, audioio.Device{Name: desk})
		is(Suspended, desk)
		if n := len(q.times()); n != 0 {
			t.Errorf("a microphone was opened %d times for nobody", n)
		}
	})
}

// Somebody may unload the virtual microphone while there is no real one.
func TestRemovedWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQuietServer()
		s := newQuietSupervisor(t, q)
		ended := begin(t, func(ctx context.Context) error { return s.during(ctx, &waiting{s: s}, time.After(time.Hour), nil) })
		q.change(audioio.EventDeviceRemoved, ownMic, audioio.Device{Name: ownMic})
		if len(ended) != 0 {
			t.Fatal("the virtual microphone of an earlier process ends the waiting")
		}
		q.change(audioio.EventDeviceRemoved, ownMic)
		var sink engine.SinkError
		if err := <-ended; !errors.As(err, &sink) {
			t.Errorf("ended with %v", err)
		}
	})
}

// A stream that delivers nothing is opened again, but not while the server does
// not answer or says itself that the microphone is off.
func TestSilentStreamIsOpenedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQuietServer()
		s := newQuietSupervisor(t, q)
		start := time.Now()
		begin(t, func(ctx context.Context) error { return feedUntil(ctx, s) })
		time.Sleep(35 * time.Second)
		synctest.Wait()
		want := []time.Duration{0, 10 * time.Second, 30 * time.Second}
		opened := q.times()
		if len(opened) != len(want) {
			t.Fatalf("opened %d times within 35 s, want %d", len(opened), len(want))
		}
		for i, at := range opened {
			if late := at.Sub(start) - want[i]; late < 0 || late > time.Second {
				t.Errorf("opened after %v, want %v", at.Sub(start), want[i])
			}
		}
	})
	for what, still := range map[string]func(*quietServer){
		"frozen":    func(q *quietServer) { q.frozen = true },
		"suspended": func(q *quietServer) { q.off = true },
	} {
		synctest.Test(t, func(t *testing.T) {
			q := newQuietServer()
			s := newQuietSupervisor(t, q)
			still(q)
			begin(t, func(ctx context.Context) error { return feedUntil(ctx, s) })
			time.Sleep(time.Hour)
			synctest.Wait()
			if n := len(q.times()); n != 1 {
				t.Errorf("%s: opened %d times, want once", what, n)
			}
		})
	}
}

// After a suspend, and when its device was away, a stream that delivers nothing is opened again
// soon; then it is left alone for longer each time.
func TestSilentStreamAfterSuspend(t *testing.T) {
	for what, happen := range map[string]func(q *quietServer, slept *atomic.Int64){
		"suspend":         func(_ *quietServer, slept *atomic.Int64) { slept.Add(int64(time.Minute)) },
		"device was away": func(q *quietServer, _ *atomic.Int64) { q.change(audioio.EventDeviceRemoved, desk, q.list...) },
	} {
		synctest.Test(t, func(t *testing.T) {
			q := newQuietServer()
			s := newQuietSupervisor(t, q)
			var slept atomic.Int64
			slept.Store(int64(time.Hour)) // before the start: of no concern
			s.o.Slept = func() time.Duration { return time.Duration(slept.Load()) }
			begin(t, func(ctx context.Context) error { return feedUntil(ctx, s) })
			time.Sleep(8*time.Second + tick/2)
			if n := len(q.times()); n != 1 {
				t.Fatalf("%s: opened %d times before", what, n)
			}
			happen(q, &slept)
			start := time.Now()
			time.Sleep(25 * time.Second)
			synctest.Wait()
			want := []time.Duration{1 * time.Second, 3 * time.Second, 7 * time.Second, 15 * time.Second}
			opened := q.times()[1:]
			if len(opened) != len(want) {
				t.Fatalf("%s: opened %d times more within 25 s, want %d", what, len(opened), len(want))
			}
			for i, at := range opened {
				if late := at.Sub(start) - want[i]; late < -tick || late > 4*tick {
					t.Errorf("%s: opened after %v, want %v", what, at.Sub(start), want[i])
				}
			}
		})
	}
}

// A stream that begins after a suspend, as the first call's after a night, has as long for its first audio as any
// other: a Bluetooth headset needs 2 to 4 s.
func TestStreamBegunAfterSuspend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQuietServer()
		s := newQuietSupervisor(t, q)
		var slept atomic.Int64
		s.o.Slept = func() time.Duration { return time.Duration(slept.Load()) }
		for range 2 {
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- s.feed(ctx) }()
			time.Sleep(reopenFirst - 4*tick)
			synctest.Wait()
			early := len(ended) != 0
			stop()
			if err := <-ended; early {
				t.Errorf("after %v of suspends before it: %v", s.o.Slept(), err)
			}
			slept.Add(int64(8 * time.Hour))
		}
	})
}

// feedUntil feeds again when a stream ends, and returns what else is wrong.
func feedUntil(ctx context.Context, s *Supervisor) error {
	for {
		if err := s.feed(ctx); !errors.Is(err, audioio.ErrDeviceGone) {
			return err
		}
	}
}

// panickyServer has a microphone whose driver panics.
type panickyServer struct{ *quietServer }

func (p panickyServer) Dial(context.Context) (device.Server, error) { return p, nil }
func (p panickyServer) OpenSource(name string) (device.Source, error) {
	s, err := p.quietServer.OpenSource(name)
	return &panickySource{s}, err
}

type panickySource struct{ device.Source }

func (*panickySource) ReadBlock(*audioio.Block) error { panic("no driver") }

// A stream that panics whenever it is opened is tried again with the pauses of any that
// ends, and reported once a minute.
func TestPanickingStreamIsTriedSlowly(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		q := newQuietServer()
		s := newQuietSupervisor(t, q)
		s.o.Backend, s.o.ReportDir, s.here = panickyServer{q}, folder, Snapshot{}
		begin(t, s.Run)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if n := len(q.times()); n < 30 || n > 80 {
			t.Errorf("opened %d times in 30 s, want every half second", n)
		}
	})
	reports, err := filepath.Glob(filepath.Join(folder, "fault-*.txt"))
	if err != nil || len(reports) != 1 {
		t.Errorf("%d reports (%v) in half a minute, want 1", len(reports), err)
	}
}

// frozenAtFirst does not answer the first time.
type frozenAtFirst struct {
	quietSource
	asked int
}

func (f *frozenAtFirst) Latency() (time.Duration, error) {
	if f.asked++; f.asked == 1 {
		return 0, audioio.ErrServerGone
	}
	return 7 * time.Millisecond, nil
}

// The latency is known again after the server stood still.
func TestLatencyAfterFreeze(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var latency atomic.Int64
		ended := make(chan struct{})
		go probeLatency(&frozenAtFirst{}, &latency, ended)
		time.Sleep(3 * probeInterval)
		synctest.Wait()
		if d := time.Duration(latency.Load()); d != 7*time.Millisecond {
			t.Errorf("latency %v", d)
		}
		close(ended)
	})
}

// still is a suppressor that gives silence.
type still struct{}

func (still) Process(dst, _ []float32)    { clear(dst) }
func (still) Delay() int                  { return audioio.BlockSize }
func (still) SetAttenuationLimit(float32) {}
func (still) SpeechProbability() float32  { return 0 }
func (still) Reset()                      {}
