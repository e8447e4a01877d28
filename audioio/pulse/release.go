package pulse

import (
	"context"
	"time"

	"github.com/stillmic/stillmic/audioio"
)

// releaseLook is how often it is looked without news: a paused recording ends without.
const releaseLook = 30 * time.Second

// AwaitRelease waits until no program records the virtual microphone called name, which a process
// that has ended has left to them, or over reports true, which is asked now and then. Programs that
// the server moves off it meanwhile are put back: they hear silence there, not the room. It
// returns ErrServerGone, and the error of ctx.
func (p *Server) AwaitRelease(ctx context.Context, name string, over func() bool) error {
	m := &VirtualMic{pulse: p, name: name}
	p.watch.own.Store(&m.name)
	p.watch.touch()
	for !over() && m.recorded() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case _, there := <-p.Events():
			if !there {
				return audioio.ErrServerGone
			}
		case <-time.After(releaseLook):
		}
	}
	return nil
}
