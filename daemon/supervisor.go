package daemon

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/device"
	"github.com/stillmic/stillmic/daemon/engine"
)

// steady is how long a stream must last for its end to be news rather than one
// more failure of the same kind.
const steady = 5 * time.Second

// supervisor owns the devices and the state. All of it runs in one goroutine;
// the engine's own is started and ended by it.
type supervisor struct {
	backend device.Backend
	device  string // as configured, "" for the default
	wait    bool   // for what is not there at the start
	engine  *engine.Engine
	renew   renewal
	log     *zap.Logger
	now     *current
	capture *atomic.Int64 // latency of the microphone, ns
	pick    chan string   // microphones that somebody chooses
	orders  chan order    // what somebody wants done with the server
	told    func()        // is called after a change of the situation
	idle    idling
	revival revival // with a stream that delivers nothing

	published func(srv device.Server, sink, normal string) // is called when the virtual microphone is there
	leaving   func(srv device.Server, s situation)         // is called when it was taken back for good
	tie       func() bool                                  // is called by the engine's goroutine before it runs
	occasion  func(srv device.Server, s situation)         // is called when microphone or listeners are others
	volume    func(srv device.Server, ev audioio.Event, inUse string)

	here situation
	ran  bool          // audio has flowed since the start
	try  backoff       // of the server
	next device.Source // opened already, to be used by the next stream

	usual string // the last default microphone that was not ours
}

// set moves to a state and says why.
func (s *supervisor) set(state State, reason string) {
	if s.here.state == state && s.here.reason == reason {
		return
	}
	changed := s.here.state != state
	s.here.state, s.here.reason = state, reason
	if changed {
		s.here.since = time.Now()
		s.log.Info(string(state), zap.String("reason", reason), zap.String("source", s.here.source.Name))
	} else {
		s.log.Debug(string(state), zap.String("reason", reason))
	}
	s.publish()
}

// publish lets others see the situation.
func (s *supervisor) publish() {
	copied := s.here
	s.now.p.Store(&copied)
	s.told()
}

// run keeps audio flowing until ctx ends, which is no error. Without wait it
// returns the first failure before audio has flowed.
func (s *supervisor) run(ctx context.Context) error {
	for {
		err := s.session(ctx)
		if ctx.Err() != nil {
			s.set(Stopping, "told to stop")
			return err
		}
		if !s.ran && !s.wait {
			s.set(Stopping, "could not start")
			return err
		}
		s.set(stateFor(err), err.Error())
		if !s.pause(ctx, s.try.next()) {
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

// pause waits and says whether ctx still lasts.
func (s *supervisor) pause(ctx context.Context, d time.Duration) bool {
	over := time.After(d)
	for {
		select {
		case <-ctx.Done():
			return false
		case name := <-s.pick:
			s.choose(name)
		case o := <-s.orders:
			o.done <- errNoServer
		case <-over:
			return true
		}
	}
}

// session connects to the server, publishes the microphone, and keeps it fed
// until the server or the published microphone is lost.
func (s *supervisor) session(ctx context.Context) (err error) {
	srv, err := s.backend.Dial(ctx)
	if err != nil {
		return ignoreEnd(ctx, err)
	}
	s.here.server, s.here.srv = srv.Describe(), srv
	s.here.normal = defaultSource(srv)
	defer func() {
		s.here.server, s.here.srv, s.here.sink, s.here.path, s.here.mic, s.here.normal = "", nil, "", "", nil, ""
		if cerr := srv.Close(); cerr != nil && (err == nil || ctx.Err() != nil) {
			err = fmt.Errorf("close the sound server: %w", cerr)
		}
	}()
	sink, err := srv.Publish()
	if err != nil {
		return err
	}
	s.here.sink, s.here.path, s.here.mic = sink.Name(), sink.Describe(), sink
	s.noteUsual(s.here.normal)
	s.publish()
	s.published(srv, sink.Name(), s.here.normal)
	defer func() {
		if ctx.Err() != nil && s.withdraw(ctx, sink) {
			s.leaving(srv, s.here)
		}
	}()
	var try backoff
	for ctx.Err() == nil {
		began := time.Now()
		err := s.feed(ctx, srv, sink)
		if errors.Is(err, errIdle) && ctx.Err() == nil {
			if err = s.rest(ctx, srv, sink); err == nil {
				continue
			}
		}
		if errors.Is(err, errSwitch) && ctx.Err() == nil {
			continue
		}
		if fatal(err) || ctx.Err() != nil || !s.ran && !s.wait {
			return ignoreEnd(ctx, err)
		}
		if time.Since(began) > steady {
			try.reset()
		}
		s.set(WaitingForDevice, err.Error())
		if err := s.waitForDevice(ctx, srv, sink, try.next()); err != nil {
			return ignoreEnd(ctx, err)
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
func (s *supervisor) withdraw(ctx context.Context, sink device.Sink) (gone bool) {
	w, ok := sink.(interface{ Withdraw(end bool) (bool, error) })
	if !ok {
		return true
	}
	gone, err := w.Withdraw(errors.Is(context.Cause(ctx), ErrQuit))
	if err != nil {
		s.log.Warn("the virtual microphone is not removed", zap.Error(err))
	}
	return gone
}

// ignoreEnd drops errors that ending on purpose brings about.
func ignoreEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// fatal says whether an error takes the whole connection with it, rather than
// the microphone alone.
func fatal(err error) bool {
	var sink engine.SinkError
	return errors.As(err, &sink) || errors.Is(err, audioio.ErrServerGone)
}

// waitForDevice waits for a change of the devices, d at most.
func (s *supervisor) waitForDevice(ctx context.Context, srv device.Server, sink device.Sink, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			return nil
		case name := <-s.pick:
			s.choose(name)
			return nil
		case o := <-s.orders:
			o.done <- o.do(srv, s.here)
		case ev, ok := <-srv.Events():
			s.noteDevices(ev)
			switch {
			case !ok || ev.Kind == audioio.EventServerGone:
				return fmt.Errorf("connection lost: %w", audioio.ErrServerGone)
			case ev.Kind == audioio.EventDeviceAdded, ev.Kind == audioio.EventDefaultChanged:
				return nil
			case ev.Kind == audioio.EventDeviceRemoved && ev.Device.Name == sink.Name():
				if err := removed(srv, sink); err != nil {
					return err
				}
			}
		}
	}
}
