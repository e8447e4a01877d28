package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/device"
	"github.com/stillmic/stillmic/daemon/engine"
)

// tick is how often the supervisor looks at the engine. Each look wakes two threads
// that have nothing else to do.
const tick = 250 * time.Millisecond

// errSwitch ends a stream because another microphone is to be used.
var errSwitch = errors.New("another microphone is the default now")

// feed opens the microphone and moves its audio until that ends.
func (s *supervisor) feed(ctx context.Context, srv device.Server, sink device.Sink) error {
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
		if own, ok := src.(interface{ OwnThread() }); s.tie() && ok {
			own.OwnThread()
		}
		done <- s.engine.Run(src, sink)
	}()
	err := s.watch(ctx, srv, sink, src, done)
	if err != nil {
		_ = src.Close() // wakes the engine
		<-done
		return err
	}
	return <-done
}

// watch looks after a stream. It returns nil when the engine has ended by
// itself; its error is then still in done.
func (s *supervisor) watch(ctx context.Context, srv device.Server, sink device.Sink, src device.Source, done chan error) error {
	t := time.NewTicker(tick)
	defer t.Stop()
	look := newLookout(s.engine)
	s.revival.begin(s.engine.Hops())
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
			if s.revival.over(s.engine.Hops(), src, srv) {
				return fmt.Errorf("%s delivers no audio; it is opened again: %w", s.here.source.Name, audioio.ErrDeviceGone)
			}
		case o := <-s.orders:
			o.done <- o.do(srv, s.here)
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
func (s *supervisor) event(srv device.Server, sink device.Sink, ev audioio.Event) error {
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
func removed(srv device.Server, sink device.Sink) error {
	list, err := srv.Devices()
	if err != nil {
		return err
	}
	for _, d := range list {
		if d.Name == sink.Name() {
			return nil
		}
	}
	return engine.SinkError{Err: fmt.Errorf("the virtual microphone was removed by somebody: %w", audioio.ErrDeviceGone)}
}

// following says whether to go with a new default microphone: not if a device
// is configured, or the new default is our own microphone or a monitor.
func (s *supervisor) following(sink device.Sink, d audioio.Device) bool {
	return s.device == "" && d.Name != "" && !d.Monitor && d.Name != sink.Name() && d.Name != s.here.source.Name
}

// follow goes with a new default microphone.
func (s *supervisor) follow(srv device.Server, sink device.Sink, d audioio.Device) error {
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
