package supervisor

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/device"
	"github.com/stillmic/stillmic/daemon/engine"
)

// tick is how often the supervisor looks at the engine. Each look wakes two threads
// that have nothing else to do.
const tick = 250 * time.Millisecond

// feed opens the microphone and moves its audio until that ends, which is always an error.
func (s *Supervisor) feed(ctx context.Context) error {
	src := s.next
	s.next = nil
	if src == nil {
		var err error
		if src, err = s.open(s.device); err != nil {
			return err
		}
	}
	if d := src.Device(); d.Name != s.here.Source.Name {
		s.o.Log.Info("microphone", zap.String("source", d.Name), zap.String("description", d.Description),
			zap.String("before", s.here.Source.Name))
	}
	s.chooseChannel(src)
	s.here.Source, s.here.Live = src.Device(), true
	s.o.Observer.UseChanged(s.here.srv, s.here)
	s.publish()
	over, ended := make(chan struct{}), make(chan error, 1)
	s.probes.Go(func() { probeLatency(src, &s.capture, over) })
	beside, leave := context.WithCancel(ctx)
	if srv := s.here.srv; s.o.Beside != nil {
		s.probes.Go(func() { s.o.Beside(beside, srv, src.Device().Name) })
	}
	var running sync.WaitGroup
	running.Go(func() { ended <- s.move(src) })
	defer func() {
		leave()
		close(over)
		_ = src.Close() // wakes the engine; it is of no more use, whatever it says
		running.Wait()
		s.here.Live = false
		s.publish()
	}()
	t := time.NewTicker(tick)
	defer t.Stop()
	s.stalled.begin(s.o.Engine.Hops(), s.o.Slept())
	s.idle.since = time.Time{}
	return s.during(ctx, &streaming{s, src, newHealth(s.o.Engine)}, t.C, ended)
}

// move has the engine move audio, in its own goroutine.
func (s *Supervisor) move(src device.Source) error {
	raised := s.o.RaiseThread != nil && s.o.RaiseThread()
	if own, ok := src.(audioio.ThreadOwner); raised && ok {
		own.OwnThread()
	}
	return s.o.Engine.Run(src, s.here.sink)
}

// streaming is the phase in which audio flows.
type streaming struct {
	s      *Supervisor
	src    device.Source
	health health
}

func (p *streaming) over() bool { return false }

func (p *streaming) deviceSelected(name string) error {
	err := p.s.switchTo(name)
	if err == nil { // it stays
		p.s.chooseChannel(p.src)
	}
	return err
}

// tick looks at the engine from outside.
func (p *streaming) tick() error {
	s := p.s
	s.restart.due()
	state, reason := p.health.check(s)
	s.set(state, reason)
	if state == Running || state == Degraded {
		s.ran = true
		s.dial.reset()
	}
	if s.ran && s.idle.due(s, time.Now()) {
		return errIdle
	}
	s.stalled.wake(s.o.Slept())
	if s.stalled.over(s.o.Engine.Hops(), p.src, s.here.srv) {
		return fmt.Errorf("%s delivers no audio; it is opened again: %w", s.here.Source.Name, audioio.ErrDeviceGone)
	}
	return nil
}

func (p *streaming) serverEvent(ev audioio.Event) error { return p.s.serverEvent(ev) }

// serverEvent reacts to a change on the server; an error ends the stream.
func (s *Supervisor) serverEvent(ev audioio.Event) error {
	switch ev.Kind {
	case audioio.EventListenersChanged:
		s.o.Observer.UseChanged(s.here.srv, s.here)
	case audioio.EventLevelChanged:
		if ev.Device.Name == s.here.Source.Name || ev.Device.Name == s.here.Sink {
			s.o.Observer.VolumeChanged(s.here.srv, s.here)
		}
	case audioio.EventDeviceRemoved:
		switch ev.Device.Name {
		case s.here.Sink:
			return s.checkRemoved()
		case s.here.Source.Name:
			s.stalled.suspect() // back under its name, it may not get its stream back
		}
	case audioio.EventDeviceChanged:
		if ev.Device.Name == s.here.Source.Name {
			return loopError(ev.Device)
		}
	case audioio.EventDefaultChanged:
		return s.follow(ev.Device)
	}
	return nil
}

// loopError ends a stream of a device that has begun to get our own audio.
func loopError(d audioio.Device) error {
	if d.Loop == "" {
		return nil
	}
	return fmt.Errorf("%s gets its audio from Stillmic Microphone now, by %s: %w", d.Name, d.Loop, audioio.ErrNoDevice)
}

// checkRemoved checks news that the virtual microphone is gone: they may be about
// the one of an earlier process, which made room for ours.
func (s *Supervisor) checkRemoved() error {
	list, err := s.here.srv.Devices()
	if err != nil {
		return err
	}
	for _, d := range list {
		if d.Name == s.here.Sink {
			return nil
		}
	}
	return engine.SinkError{Err: fmt.Errorf("the virtual microphone was removed by somebody: %w", audioio.ErrDeviceGone)}
}
