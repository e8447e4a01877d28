package supervisor

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stillmic/stillmic/audioio"
)

// errIdle ends a stream because nobody wants its audio.
var errIdle = errors.New("nobody records the virtual microphone")

// demand counts who wants audio beside the programs that record the virtual
// microphone: somebody who looks at the meters, or records a comparison.
type demand struct {
	n    *atomic.Int64
	wake chan struct{} // one token: there is more of it
}

func newDemand() demand { return demand{n: new(atomic.Int64), wake: make(chan struct{}, 1)} }

func (d demand) hold() (release func()) {
	d.n.Add(1)
	select {
	case d.wake <- struct{}{}:
	default:
	}
	return sync.OnceFunc(func() { d.n.Add(-1) })
}

// wanted reports whether anybody wants audio; a sink that does not know has to be
// taken for heard.
func (s *Supervisor) wanted() bool { return s.here.sink.Listeners() != 0 || s.demand.n.Load() > 0 }

// idleness finds out that nobody has wanted audio for a while.
type idleness struct {
	since time.Time // the last time that somebody did
}

// due is asked several times a second while audio flows.
func (i *idleness) due(s *Supervisor, now time.Time) bool {
	if s.o.IdleAfter == 0 || i.since.IsZero() || s.wanted() {
		i.since = now
		return false
	}
	return now.Sub(i.since) >= s.o.IdleAfter
}

// rest leaves the microphone closed until somebody wants audio. It returns nil
// then, and an error when the server or the virtual microphone is lost.
func (s *Supervisor) rest(ctx context.Context) error {
	s.suspend()
	if f, ok := s.here.sink.(audioio.Flusher); ok {
		f.Flush() // what was said before the rest is not for who comes after it
	}
	return s.during(ctx, resting{s}, nil, nil)
}

// suspend says that the microphone is there, and closed.
func (s *Supervisor) suspend() {
	s.set(Suspended, "no app is using "+s.here.Sink+", so your real microphone is off; it comes on when an app needs it")
}

// resting is the phase in which nobody wants audio.
type resting struct{ s *Supervisor }

func (p resting) over() bool  { return p.s.wanted() }
func (p resting) tick() error { return nil }

func (p resting) deviceSelected(string) error { return p.s.lookFor() }

// serverEvent reacts to a change on the server without opening a microphone.
func (p resting) serverEvent(ev audioio.Event) error {
	s := p.s
	waiting := s.here.State == WaitingForDevice
	switch {
	case ev.Kind == audioio.EventDefaultChanged && s.following(ev.Device):
		s.here.Source = ev.Device // it is opened when it is wanted
		s.suspend()
		s.publish()
		return nil
	case ev.Kind == audioio.EventDeviceRemoved && ev.Device.Name == s.here.Source.Name,
		ev.Kind == audioio.EventDeviceChanged && (waiting || ev.Device.Name == s.here.Source.Name),
		ev.Kind == audioio.EventDeviceAdded && waiting,
		ev.Kind == audioio.EventDefaultChanged && waiting:
		return s.lookFor()
	}
	return s.serverEvent(ev)
}

// lookFor finds out whether there is a microphone for the next who wants audio,
// and which. It leaves it closed.
func (s *Supervisor) lookFor() error {
	d, err := s.find(s.device)
	switch {
	case err == nil:
		s.here.Source = d
		s.suspend()
		s.publish()
	case errors.Is(err, audioio.ErrNoDevice):
		s.set(WaitingForDevice, err.Error())
	default:
		return err
	}
	return nil
}
