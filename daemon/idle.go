package daemon

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/device"
)

// errIdle ends a stream because nobody wants its audio.
var errIdle = errors.New("nobody records the virtual microphone")

// demand counts who wants audio beside the programs that record the virtual
// microphone: somebody who looks at the meters, or records a comparison.
type demand struct {
	n    atomic.Int64
	wake chan struct{} // one token: there is more of it
}

func newDemand() *demand { return &demand{wake: make(chan struct{}, 1)} }

// hold wants audio until release is called, once or more often.
func (d *demand) hold() (release func()) {
	d.n.Add(1)
	select {
	case d.wake <- struct{}{}:
	default:
	}
	return sync.OnceFunc(func() { d.n.Add(-1) })
}

// wanted says whether anybody is there; a sink that does not know has to be
// taken for heard.
func (d *demand) wanted(sink device.Sink) bool { return sink.Listeners() != 0 || d.n.Load() > 0 }

// idling finds out that nobody has wanted audio for a while.
type idling struct {
	after  time.Duration // 0: never
	demand *demand
	since  time.Time // the last time that somebody did
}

// due is asked several times a second while audio flows.
func (i *idling) due(sink device.Sink, now time.Time) bool {
	if i.after == 0 || i.since.IsZero() || i.demand.wanted(sink) {
		i.since = now
		return false
	}
	return now.Sub(i.since) >= i.after
}

// rest leaves the microphone closed until somebody wants audio. It returns nil
// then, and an error when the server or the virtual microphone is lost.
func (s *supervisor) rest(ctx context.Context, srv device.Server, sink device.Sink) error {
	s.resting()
	if f, ok := sink.(interface{ Flush() }); ok {
		f.Flush() // what was said before the rest is not for who comes after it
	}
	for !s.idle.demand.wanted(sink) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.idle.demand.wake:
		case o := <-s.orders:
			o.done <- o.do(srv, s.here)
		case name := <-s.pick:
			s.choose(name)
			if err := s.lookFor(srv); err != nil {
				return err
			}
		case ev, ok := <-srv.Events():
			if !ok {
				return fmt.Errorf("connection lost: %w", audioio.ErrServerGone)
			}
			s.noteDevices(ev)
			if err := s.whileResting(srv, sink, ev); err != nil {
				return err
			}
		}
	}
	return nil
}

// resting says that the microphone is there, and closed.
func (s *supervisor) resting() {
	s.set(Suspended, "nobody records "+s.here.sink+", so the microphone is off; the first who does switches it on")
}

// whileResting reacts to a change on the server without opening a microphone.
func (s *supervisor) whileResting(srv device.Server, sink device.Sink, ev audioio.Event) error {
	waiting := s.here.state == WaitingForDevice
	switch {
	case ev.Kind == audioio.EventDefaultChanged && s.following(sink, ev.Device):
		s.here.source = ev.Device // it is opened when it is wanted
		s.resting()
		s.publish()
		return nil
	case ev.Kind == audioio.EventDeviceRemoved && ev.Device.Name == s.here.source.Name,
		ev.Kind == audioio.EventDeviceAdded && waiting,
		ev.Kind == audioio.EventDefaultChanged && waiting:
		return s.lookFor(srv)
	}
	return s.event(srv, sink, ev)
}

// lookFor finds out whether there is a microphone for the next who wants audio,
// and which. It leaves it closed.
func (s *supervisor) lookFor(srv device.Server) error {
	d, err := s.find(srv, s.device)
	switch {
	case err == nil:
		s.here.source = d
		s.resting()
		s.publish()
	case errors.Is(err, audioio.ErrNoDevice):
		s.set(WaitingForDevice, err.Error())
	default:
		return err
	}
	return nil
}
