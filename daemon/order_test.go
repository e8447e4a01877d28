package daemon

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/device"
	"github.com/stillmic/stillmic/daemon/engine"
)

// Whatever the supervisor waits for, it carries out an order, or says that there is no
// server.
func TestOrders(t *testing.T) {
	for name, c := range map[string]struct {
		part func(ctx context.Context, s *supervisor, q *quietServer) error
		want error
	}{
		"while it waits for a server": {func(ctx context.Context, s *supervisor, _ *quietServer) error {
			s.pause(ctx, time.Hour)
			return nil
		}, control.ErrNotNow},
		"while it waits for a microphone": {func(ctx context.Context, s *supervisor, q *quietServer) error {
			return s.waitForDevice(ctx, q, quietSink{}, time.Hour)
		}, nil},
		"while nobody listens": {func(ctx context.Context, s *supervisor, q *quietServer) error {
			return s.rest(ctx, q, quietSink{})
		}, nil},
		"while audio flows": {func(ctx context.Context, s *supervisor, q *quietServer) error {
			return s.feed(ctx, q, quietSink{})
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, s := newQuietServer(), newQuietSupervisor()
				s.orders = make(chan order)
				d := &Daemon{orders: s.orders}
				begin(t, func(ctx context.Context) error { return c.part(ctx, s, q) })
				var given device.Server
				err := d.order(func(srv device.Server, _ situation) error { given = srv; return nil })
				if !errors.Is(err, c.want) || err == nil && given != device.Server(q) {
					t.Errorf("%v, done with %v, want %v", err, given, c.want)
				}
			})
		})
	}
}

// Nobody waits for ever for a supervisor that is busy.
func TestOrderIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &Daemon{orders: make(chan order)}
		if err := d.order(nil); !errors.Is(err, control.ErrNotNow) {
			t.Errorf("not taken: %v", err)
		}
		go func() { <-d.orders }()
		if err := d.order(nil); !errors.Is(err, control.ErrNotNow) {
			t.Errorf("not done: %v", err)
		}
	})
}

// A suppressor that panics again is renewed later each time, until it has worked for long.
func TestRenewalIsForgiven(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	synctest.Test(t, func(t *testing.T) {
		s := newQuietSupervisor()
		r := &renewal{make: func() (engine.Processor, error) { return still{}, nil }, info: func() (string, string) { return "1", "still" }}
		wait := func() time.Duration {
			begin := time.Now()
			r.fault(s, engine.Fault{From: engine.Suppressor})
			for !s.engine.Replacing() {
				time.Sleep(tick)
				r.due(s)
			}
			s.engine.Hop(new(audioio.Block), new(audioio.Block)) // takes it
			return time.Since(begin)
		}
		for _, want := range []time.Duration{renewFirst, 2 * renewFirst, 4 * renewFirst} {
			if took := wait(); took < want || took > want+2*tick {
				t.Errorf("renewed after %v, want %v", took, want)
			}
		}
		time.Sleep(renewForgiven + time.Second)
		if took := wait(); took > renewFirst+2*tick {
			t.Errorf("renewed after %v when it had worked for long, want %v", took, renewFirst)
		}
	})
}
