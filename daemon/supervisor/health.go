package supervisor

import (
	"fmt"
	"time"

	"github.com/stillmic/stillmic/daemon/engine"
)

const (
	// silence is how long a microphone may deliver nothing before that is said.
	silence = 2 * time.Second

	// wakeUp is how long it may take to deliver anything at first: a headset
	// changes its profile, an idle null sink takes 2 s.
	wakeUp = 5 * time.Second
)

// health judges a stream from outside.
type health struct {
	first uint64 // hops at its start
	hops  uint64
	moved time.Time // when hops changed last
}

func newHealth(e *engine.Engine) health {
	n := e.Hops()
	return health{first: n, hops: n, moved: time.Now()}
}

// check returns the state a stream is in, and why.
func (h *health) check(s *Supervisor) (State, string) {
	now := time.Now()
	if n := s.o.Engine.Hops(); n != h.hops {
		h.hops, h.moved = n, now
	}
	_, passing := s.o.Engine.Level()
	switch {
	case now.Sub(h.moved) > wakeUp, h.hops != h.first && now.Sub(h.moved) > silence:
		return Degraded, fmt.Sprintf("%s delivers no audio; is it muted by a switch, or the sound server frozen?",
			s.here.Source.Name)
	case s.o.Engine.Broken():
		return Degraded, "noise removal failed: callers hear your room; it is started again by itself"
	case passing:
		return Degraded, "the computer is too busy: noise removal pauses and comes back by itself"
	case s.o.Engine.Slow():
		return Degraded, "the computer is too busy: a smaller network removes the noise for a while"
	case h.hops == h.first:
		return s.here.State, s.here.Reason
	case s.o.Engine.Bypass():
		return Running, "noise removal is off: callers hear your room"
	}
	return Running, "removing noise"
}
