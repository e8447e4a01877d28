// Package supervisor keeps audio flowing: it owns devices and state, and retries without
// limit. All of it runs in one goroutine, which starts and ends the engine's own; it waits
// in one place, [Supervisor.during], where every kind of event has one case.
package supervisor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/clock"
	"github.com/stillmic/stillmic/daemon/device"
	"github.com/stillmic/stillmic/daemon/engine"
)

// steady is how long a stream must last for its end to be news rather than one
// more failure of the same kind.
const steady = 5 * time.Second

// Observer hears what happens, from the supervisor's goroutine. What it does with the
// server is done before anything else happens.
type Observer interface {
	// Changed is called when the snapshot, or the microphone asked for, is another.
	Changed()
	// Published is called when the virtual microphone is there.
	Published(srv device.Server, s Snapshot)
	// Withdrawn is called when the virtual microphone was taken back for good.
	Withdrawn(srv device.Server, s Snapshot)
	// UseChanged is called when the microphone in use, or who records the virtual one,
	// may be another.
	UseChanged(srv device.Server, s Snapshot)
	// VolumeChanged is called when somebody has changed the volume of the microphone in
	// use or of the virtual one, or muted it.
	VolumeChanged(srv device.Server, s Snapshot)
}

// Options is what a Supervisor is made of.
type Options struct {
	Backend  device.Backend
	Engine   *engine.Engine
	Observer Observer

	// Input is what to record to begin with.
	Input Input

	// Wait has Run wait for a sound server and a microphone that are not there at the
	// start. Without it that is an error.
	Wait bool

	// IdleAfter is how long nobody must have wanted audio for the microphone to be
	// closed; 0: it stays open.
	IdleAfter time.Duration

	// NewProcessor makes a suppressor in the place of one that panicked.
	NewProcessor func() (engine.Processor, error)

	// Describe names the build and the model, for crash reports, which go to ReportDir.
	Describe  func() (version, model string)
	ReportDir string

	// RaiseThread gives the engine's goroutine, which calls it, a better priority, and
	// reports whether it has a thread of its own then; may be nil.
	RaiseThread func() bool

	// Slept returns how long the machine has been suspended so far; nil: as clock.Slept.
	Slept func() time.Duration

	// Beside runs while a microphone of a server is recorded, until ctx ends; may be nil.
	Beside func(ctx context.Context, srv device.Server, microphone string)

	Log *zap.Logger
}

// Input is what is to be recorded.
type Input struct {
	Device  string // "" for the system's default microphone
	Channel int    // of the device, from 1 on; 0: those that the voice is in
}

// Supervisor looks after the devices. Run is called once; all other methods may be called
// from anywhere.
type Supervisor struct {
	o        Options
	now      current
	requests chan Input   // what somebody wants to be recorded; the last one counts
	commands chan command // what somebody wants done with the server
	demand   demand
	left     atomic.Bool  // see Left
	capture  atomic.Int64 // latency of the microphone, ns

	// The supervisor's goroutine alone uses all that follow.
	here     Snapshot
	device   string // as asked for, "" for the default
	channel  int    // as asked for, 0 for the voice's
	previous string // the last default microphone that was not ours
	ran      bool   // audio has flowed since the start
	dial     backoff
	next     device.Source // opened already, to be used by the next stream
	idle     idleness
	stalled  stalledStream
	restart  restart
	probes   sync.WaitGroup
}

// New returns a supervisor that is not started.
func New(o Options) *Supervisor {
	s := &Supervisor{o: o, device: o.Input.Device, channel: o.Input.Channel,
		requests: make(chan Input, 1), commands: make(chan command),
		demand: newDemand()}
	if s.o.Slept == nil {
		s.o.Slept = clock.Slept
	}
	s.restart.o = &s.o
	s.here = Snapshot{State: Starting, Reason: "looking for the sound server", Since: time.Now()}
	s.publish()
	return s
}

// Snapshot returns what is known now.
func (s *Supervisor) Snapshot() Snapshot { return s.now.load() }

// CaptureLatency returns how old the microphone's audio is when it arrives, 0 if unknown.
func (s *Supervisor) CaptureLatency() time.Duration { return time.Duration(s.capture.Load()) }

// SelectInput records something else. The last call counts; it does not wait.
func (s *Supervisor) SelectInput(in Input) {
	for {
		select {
		case s.requests <- in:
			return
		default:
		}
		select {
		case <-s.requests: // an older one that nobody has looked at
		default:
		}
	}
}

// Left reports, after Run, whether the virtual microphone was left to the programs that record it.
func (s *Supervisor) Left() bool { return s.left.Load() }

// Hold keeps the microphone open until release is called, once or more often, for somebody
// beside the programs that record the virtual one.
func (s *Supervisor) Hold() (release func()) { return s.demand.hold() }

// set moves to a state and says why.
func (s *Supervisor) set(state State, reason string) {
	if s.here.State == state && s.here.Reason == reason {
		return
	}
	changed := s.here.State != state
	if s.ran && state == Running && slices.Contains([]State{WaitingForServer, WaitingForDevice, Degraded}, s.here.State) {
		s.here.Counts.Recoveries++
	}
	s.here.State, s.here.Reason = state, reason
	if changed {
		s.here.Since = time.Now()
		s.o.Log.Info(string(state), zap.String("reason", reason), zap.String("source", s.here.Source.Name))
	} else {
		s.o.Log.Debug(string(state), zap.String("reason", reason))
	}
	s.publish()
}

// publish lets others see the situation.
func (s *Supervisor) publish() {
	s.here.Counts.Restarts = s.restart.count
	copied := s.here
	s.now.p.Store(&copied)
	s.o.Observer.Changed()
}

// Run keeps audio flowing until ctx ends, which is no error. Without Options.Wait it
// returns the first failure before audio has flowed.
func (s *Supervisor) Run(ctx context.Context) error {
	defer s.probes.Wait()
	s.o.Log.Info(string(Starting), zap.String("reason", s.here.Reason))
	for {
		err := s.session(ctx)
		if ctx.Err() != nil {
			s.set(Stopping, "told to stop")
			return err
		}
		// One that answered and died while we started is waited for, as at any other time.
		if !s.ran && !s.o.Wait && !errors.Is(err, audioio.ErrServerGone) {
			s.set(Stopping, "could not start")
			return err
		}
		s.set(stateFor(err), err.Error())
		if s.during(ctx, &offline{}, time.After(s.dial.next()), nil) != nil {
			s.set(Stopping, "told to stop")
			return nil
		}
	}
}

// stateFor names what is being waited for after an error.
func stateFor(err error) State {
	if errors.Is(err, audioio.ErrNoDevice) || errors.Is(err, audioio.ErrDeviceGone) {
		return WaitingForDevice
	}
	return WaitingForServer
}

// session connects to the server, publishes the microphone, and keeps it fed
// until the server or the published microphone is lost.
func (s *Supervisor) session(ctx context.Context) (err error) {
	srv, err := s.o.Backend.Dial(ctx)
	if err != nil {
		return ignoreEnd(ctx, err)
	}
	s.here.Server, s.here.srv, s.here.Default = srv.Describe(), srv, DefaultSource(srv)
	defer func() {
		s.here.Server, s.here.srv, s.here.Sink, s.here.Path, s.here.sink, s.here.Default = "", nil, "", "", nil, ""
		if cerr := srv.Close(); cerr != nil && (err == nil || ctx.Err() != nil) {
			err = fmt.Errorf("close the sound server: %w", cerr)
		}
	}()
	sink, err := srv.Publish()
	if err != nil {
		return err
	}
	s.here.Sink, s.here.Path, s.here.sink = sink.Name(), sink.Describe(), sink
	s.noteDefault(s.here.Default)
	s.publish()
	s.o.Observer.Published(srv, s.here)
	defer func() {
		if ctx.Err() != nil && s.withdraw(ctx, sink) {
			s.o.Observer.Withdrawn(srv, s.here)
		}
	}()
	return ignoreEnd(ctx, s.feedAlways(ctx))
}

// feedAlways feeds the virtual microphone until the connection is lost.
func (s *Supervisor) feedAlways(ctx context.Context) error {
	var try backoff
	for ctx.Err() == nil {
		began := time.Now()
		err := s.feed(ctx)
		if errors.Is(err, errIdle) {
			err = s.rest(ctx)
		}
		if err == nil || errors.Is(err, errSwitch) {
			continue
		}
		if errors.Is(err, audioio.ErrDeviceGone) {
			s.here.Counts.Lost++
		}
		if fatal(err) || ctx.Err() != nil || !s.ran && !s.o.Wait {
			return err
		}
		if time.Since(began) > steady {
			try.reset()
		}
		s.set(WaitingForDevice, err.Error())
		if err := s.during(ctx, &waiting{s: s}, time.After(try.next()), nil); err != nil {
			return err
		}
	}
	return nil
}

// ErrQuit is the cause by which a context ends where a person ends stillmic. After any other
// end, as of a service that is restarted, another daemon may come.
var ErrQuit = errors.New("stillmic was quit")

// withdraw gives the virtual microphone up and reports whether it is gone. Who records it in
// a call stays on it, and hears silence until the next daemon; the default microphone must
// then stay, too, or the server would have them record another. When a person quits, their
// recordings are ended: the server would move them to a microphone that nobody mutes.
func (s *Supervisor) withdraw(ctx context.Context, sink device.Sink) (gone bool) {
	w, ok := sink.(audioio.Withdrawer)
	if !ok {
		return true
	}
	gone, err := w.Withdraw(errors.Is(context.Cause(ctx), ErrQuit))
	if err != nil {
		s.o.Log.Warn("the virtual microphone is not removed", zap.Error(err))
	}
	s.left.Store(!gone)
	return gone
}

// ignoreEnd drops errors that ending on purpose brings about.
func ignoreEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// fatal reports whether an error takes the whole connection with it, rather than
// the microphone alone.
func fatal(err error) bool {
	var sink engine.SinkError
	return errors.As(err, &sink) || errors.Is(err, audioio.ErrServerGone)
}
