package supervisor

import (
	"context"
	"fmt"
	"time"

	"github.com/stillmic/stillmic/audioio"
)

// phase is what the supervisor waits in: for a server, for a microphone, for the end of a
// stream, or for somebody who wants audio. An error ends it.
type phase interface {
	// over reports whether the phase has come to its end. It is asked before each wait.
	over() bool
	// deviceSelected is told of another microphone that somebody wants.
	deviceSelected(name string) error
	// serverEvent is told of a change on the server.
	serverEvent(ev audioio.Event) error
	// tick is told of the time that the phase has asked for.
	tick() error
}

// during waits in a phase until it is over, ctx ends or something fails. It is the one
// place where the supervisor waits. ended, which may be nil, delivers the error by which
// a stream has ended; ticks may be nil, too.
func (s *Supervisor) during(ctx context.Context, p phase, ticks <-chan time.Time, ended <-chan error) error {
	var events <-chan audioio.Event
	if s.here.srv != nil {
		events = s.here.srv.Events()
	}
	for !p.over() {
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-ended:
			return err
		case <-ticks:
			err = p.tick()
		case f := <-s.o.Engine.Faults():
			s.restart.fault(f)
		case c := <-s.commands:
			c.done <- s.carryOut(c)
		case in := <-s.requests:
			s.device, s.channel = in.Device, in.Channel
			s.o.Observer.Changed()
			err = p.deviceSelected(in.Device)
		case <-s.demand.wake: // over is asked again
		case ev, ok := <-events:
			if !ok || ev.Kind == audioio.EventServerGone {
				return fmt.Errorf("connection lost: %w", audioio.ErrServerGone)
			}
			s.noteDevices(ev)
			err = p.serverEvent(ev)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// offline is the pause between two attempts to reach a server.
type offline struct{ ended bool }

func (p *offline) over() bool                      { return p.ended }
func (p *offline) deviceSelected(string) error     { return nil }
func (p *offline) serverEvent(audioio.Event) error { return nil }

func (p *offline) tick() error {
	p.ended = true
	return nil
}

// waiting is the wait for a microphone: until the devices change, or for its time.
type waiting struct {
	s     *Supervisor
	ended bool
}

func (p *waiting) over() bool { return p.ended }

func (p *waiting) tick() error {
	p.ended = true
	return nil
}

func (p *waiting) deviceSelected(string) error {
	p.ended = true
	return nil
}

func (p *waiting) serverEvent(ev audioio.Event) error {
	switch {
	case ev.Kind == audioio.EventDeviceAdded, ev.Kind == audioio.EventDefaultChanged, ev.Kind == audioio.EventDeviceChanged:
		p.ended = true
	case ev.Kind == audioio.EventDeviceRemoved && ev.Device.Name == p.s.here.Sink:
		return p.s.checkRemoved()
	}
	return nil
}
