package daemon

import (
	"errors"
	"fmt"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/device"
	"github.com/stillmic/stillmic/daemon/supervisor"
)

// SetDefault makes the virtual microphone the system's default, or gives the
// one before back. It holds until it is said otherwise: after a restart, and of
// the sound server, the virtual microphone becomes the default again.
func (d *Daemon) SetDefault(on bool) error {
	err := d.supervisor.Do(func(srv device.Server, s supervisor.Snapshot) error {
		// What the supervisor knows may be older than the command before this one.
		current := supervisor.DefaultSource(srv)
		var err error
		if on {
			err = d.takeDefault(srv, s.Sink, current)
		} else {
			err = d.giveDefault(srv, s.Sink, current, s.Source.Name)
		}
		if err != nil {
			return err
		}
		d.settings.SetDefault(on)
		return nil
	})
	if errors.Is(err, supervisor.ErrNoServer) || errors.Is(err, supervisor.ErrNoAnswer) {
		return fmt.Errorf("%w: %w", control.ErrNotNow, err)
	}
	return err
}

// takeDefault remembers what is the default and takes its place.
func (d *Daemon) takeDefault(srv device.Server, sink, current string) error {
	if current == sink {
		return nil
	}
	if err := srv.SetDefaultSource(sink); err != nil {
		return err
	}
	d.settings.SetDefaultBefore(current)
	d.o.Log.Info("default microphone", zap.String("source", sink), zap.String("before", current))
	return nil
}

// giveDefault makes the default what it was before ours, unless somebody chose
// another since.
func (d *Daemon) giveDefault(srv device.Server, sink, current, inUse string) error {
	if current != sink {
		return nil
	}
	before := d.settings.DefaultBefore()
	if before == "" {
		before = inUse
	}
	if before == "" {
		return nil
	}
	if err := srv.SetDefaultSource(before); err != nil {
		return err
	}
	d.o.Log.Info("default microphone", zap.String("source", before))
	return nil
}
