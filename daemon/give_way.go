package daemon

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/daemon/supervisor"
)

// upgradeEvery is how often it is looked for another version: seldom enough for a machine
// that rests, often enough for an upgrade to be over while it is remembered.
const upgradeEvery = 10 * time.Second

// giveWay ends the daemon when another version is installed and nobody needs this one, until
// ctx ends. A call goes on with the version that it began with.
func (d *Daemon) giveWay(ctx context.Context, end context.CancelCauseFunc) {
	if d.o.Replaced == nil {
		return
	}
	t := time.NewTicker(upgradeEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		there := d.o.Replaced.Replaced()
		if d.replaced.Swap(there) != there {
			d.events.Changed()
			if there {
				d.o.Log.Info("another version is installed; it takes over when no app uses the microphone",
					zap.String("program", d.o.Replaced.Path()))
			}
		}
		if there && d.idle() {
			end(ErrReplaced)
			return
		}
	}
}

// idle reports whether nobody records or looks. Where the microphone is never closed, those
// who look are not known.
func (d *Daemon) idle() bool {
	s := d.supervisor.Snapshot()
	switch s.State {
	case supervisor.Suspended, supervisor.WaitingForServer:
		return true
	case supervisor.WaitingForDevice:
		return s.Listeners() == 0
	}
	return d.o.Config.Idle.After() == 0 && s.Listeners() == 0
}
