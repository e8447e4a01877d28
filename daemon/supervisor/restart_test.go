package supervisor

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/engine"
)

// A suppressor that panics again is renewed later each time, until it has worked for long.
func TestRestartIsForgiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newQuietSupervisor(t, newQuietServer())
		r := &s.restart
		wait := func() time.Duration {
			begin := time.Now()
			r.fault(engine.Fault{From: engine.Suppressor})
			for !s.o.Engine.Replacing() {
				time.Sleep(tick)
				r.due()
			}
			s.o.Engine.Hop(new(audioio.Block), new(audioio.Block)) // takes it
			return time.Since(begin)
		}
		for _, want := range []time.Duration{restartFirst, 2 * restartFirst, 4 * restartFirst} {
			if took := wait(); took < want || took > want+2*tick {
				t.Errorf("renewed after %v, want %v", took, want)
			}
		}
		time.Sleep(restartForgiven + time.Second)
		if took := wait(); took > restartFirst+2*tick {
			t.Errorf("renewed after %v when it had worked for long, want %v", took, restartFirst)
		}
	})
}
