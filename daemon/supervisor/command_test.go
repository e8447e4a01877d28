package supervisor

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stillmic/stillmic/daemon/device"
)

// Whatever the supervisor waits for, it carries out a command, or says that there is no
// server.
func TestCommands(t *testing.T) {
	for name, c := range map[string]struct {
		part func(ctx context.Context, s *Supervisor) error
		want error
	}{
		"while it waits for a server": {func(ctx context.Context, s *Supervisor) error {
			s.here.srv = nil
			return s.during(ctx, &offline{}, time.After(time.Hour), nil)
		}, ErrNoServer},
		"while it waits for a microphone": {func(ctx context.Context, s *Supervisor) error {
			return s.during(ctx, &waiting{s: s}, time.After(time.Hour), nil)
		}, nil},
		"while nobody listens": {func(ctx context.Context, s *Supervisor) error { return s.rest(ctx) }, nil},
		"while audio flows":    {func(ctx context.Context, s *Supervisor) error { return s.feed(ctx) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := newQuietServer()
				s := newQuietSupervisor(t, q)
				begin(t, func(ctx context.Context) error { return c.part(ctx, s) })
				var given device.Server
				err := s.Do(func(srv device.Server, _ Snapshot) error { given = srv; return nil })
				if !errors.Is(err, c.want) || err == nil && given != device.Server(q) {
					t.Errorf("%v, done with %v, want %v", err, given, c.want)
				}
			})
		})
	}
}

// Nobody waits for ever for a supervisor that is busy.
func TestCommandIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newQuietSupervisor(t, newQuietServer())
		if err := s.Do(nil); !errors.Is(err, ErrNoServer) {
			t.Errorf("not taken: %v", err)
		}
		go func() { <-s.commands }()
		if err := s.Do(nil); !errors.Is(err, ErrNoAnswer) {
			t.Errorf("not done: %v", err)
		}
	})
}

// The last microphone that is asked for counts, and nobody waits for the supervisor.
func TestLastRequestCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newQuietSupervisor(t, newQuietServer())
		for _, name := range []string{"a", "b", "c"} {
			s.SelectInput(Input{Device: name})
		}
		begin(t, func(ctx context.Context) error {
			s.here.srv = nil
			return s.during(ctx, &offline{}, nil, nil)
		})
		if s.device != "c" {
			t.Errorf("wants %q", s.device)
		}
	})
}
