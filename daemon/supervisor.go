package daemon

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/audioio"
)

const (
	// tick is how often the supervisor looks at the engine.
	tick = 100 * time.Millisecond

	// steady is how long a stream must last for its end to be news rather
	// than one more failure of the same kind.
	steady = 5 * time.Second
)

// errSwitch ends a stream because another microphone is to be used.
var errSwitch = errors.New("another microphone is the default now")

// supervisor owns the devices and the state. All of it runs in one goroutine;
// the engine's own is started and ended by it.
type supervisor struct {
	backend Backend
	device  string // as configured, "" for the default
	wait    bool   // for what is not there at the start
	engine  *Engine
	renew   renewal
	log     *zap.Logger
	now     *current
	capture *atomic.Int64 // latency of the microphone, ns
	pick    chan string   // microphones that somebody chooses
	told    func()        // is called after a change of the situation
	idle    idling

	published func(srv Server, sink, normal string) // is called when the virtual microphone is there
	leaving   func(srv Server, s situation)         // is called before it is taken back for good
	tie       func()                                // is called by the engine's goroutine before it runs
	occasion  func(srv Server, s situation)         // is called when microphone or listeners are others
	volume    func(srv Server, ev audioio.Event, inUse string)

	here situation
	ran  bool    // audio has flowed since the start
	try  backoff // of the server
	next Source  // opened already, to be used by the next stream

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
	s.here.normal = normalSource(srv)
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
		if ctx.Err() != nil {
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
		if err := s.waitForDevice(ctx, srv, try.next()); err != nil {
			return ignoreEnd(ctx, err)
		}
	}
	return nil
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
	var sink SinkError
	return errors.As(err, &sink) || errors.Is(err, audioio.ErrServerGone)
}

// waitForDevice waits for a change of the devices, d at most.
func (s *supervisor) waitForDevice(ctx context.Context, srv Server, d time.Duration) error {
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
		case ev, ok := <-srv.Events():
			s.noteDevices(ev)
			switch {
			case !ok || ev.Kind == audioio.EventServerGone:
				return fmt.Errorf("connection lost: %w", audioio.ErrServerGone)
			case ev.Kind == audioio.EventDeviceAdded, ev.Kind == audioio.EventDefaultChanged:
				return nil
			}
		}
	}
}

// feed opens the microphone and moves its audio until that ends.
func (s *supervisor) feed(ctx context.Context, srv Server, sink Sink) error {
	src := s.next
	s.next = nil
	if src == nil {
		var err error
		if src, err = s.open(srv, s.device); err != nil {
			return err
		}
	}
	s.here.source, s.here.live = src.Device(), true
	s.occasion(srv, s.here)
	s.publish()
	defer func() {
		_ = src.Close() // it is of no more use, whatever it says
		s.here.live = false
		s.publish()
	}()
	ended := make(chan struct{})
	defer close(ended)
	go probeLatency(src, s.capture, ended)
	done := make(chan error, 1)
	go func() {
		s.tie()
		done <- s.engine.Run(src, sink)
	}()
	err := s.watch(ctx, srv, sink, done)
	if err != nil {
		_ = src.Close() // wakes the engine
		<-done
		return err
	}
	return <-done
}

// watch looks after a stream. It returns nil when the engine has ended by
// itself; its error is then still in done.
func (s *supervisor) watch(ctx context.Context, srv Server, sink Sink, done chan error) error {
	t := time.NewTicker(tick)
	defer t.Stop()
	look := newLookout(s.engine)
	s.idle.since = time.Time{}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-done:
			done <- err
			return nil
		case f := <-s.engine.Faults():
			s.renew.fault(s, f)
		case <-t.C:
			s.renew.due(s)
			state, reason := look.judge(s)
			s.set(state, reason)
			if state == Running || state == Degraded {
				s.ran = true
				s.try.reset()
			}
			if s.ran && s.idle.due(sink, time.Now()) {
				return errIdle
			}
		case name := <-s.pick:
			if err := s.switchTo(srv, name); err != nil {
				return err
			}
		case ev, ok := <-srv.Events():
			if !ok {
				return fmt.Errorf("connection lost: %w", audioio.ErrServerGone)
			}
			s.noteDevices(ev)
			if err := s.event(srv, sink, ev); err != nil {
				return err
			}
		}
	}
}

// event reacts to a change on the server; an error ends the stream.
func (s *supervisor) event(srv Server, sink Sink, ev audioio.Event) error {
	switch ev.Kind {
	case audioio.EventServerGone:
		return fmt.Errorf("connection lost: %w", audioio.ErrServerGone)
	case audioio.EventListenersChanged:
		s.occasion(srv, s.here)
	case audioio.EventLevelChanged:
		s.volume(srv, ev, s.here.source.Name)
	case audioio.EventDeviceRemoved:
		if ev.Device.Name == sink.Name() {
			return removed(srv, sink)
		}
	case audioio.EventDefaultChanged:
		return s.follow(srv, sink, ev.Device)
	}
	return nil
}

// removed checks news that the virtual microphone is gone: they may be about
// the one of an earlier process, which made room for ours.
func removed(srv Server, sink Sink) error {
	list, err := srv.Devices()
	if err != nil {
		return err
	}
	for _, d := range list {
		if d.Name == sink.Name() {
			return nil
		}
	}
	return SinkError{fmt.Errorf("the virtual microphone was removed by somebody: %w", audioio.ErrDeviceGone)}
}

// following says whether to go with a new default microphone: not if a device
// is configured, or the new default is our own microphone or a monitor.
func (s *supervisor) following(sink Sink, d audioio.Device) bool {
	return s.device == "" && d.Name != "" && !d.Monitor && d.Name != sink.Name() && d.Name != s.here.source.Name
}

// follow goes with a new default microphone.
func (s *supervisor) follow(srv Server, sink Sink, d audioio.Device) error {
	if !s.following(sink, d) {
		return nil
	}
	src, err := srv.OpenSource(d.Name)
	if errors.Is(err, audioio.ErrServerGone) {
		return err
	}
	if err != nil {
		s.log.Warn("stay with the microphone in use", zap.String("source", s.here.source.Name), zap.Error(err))
		return nil
	}
	s.next = src
	return errSwitch
}
