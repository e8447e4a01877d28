package daemon

import (
	"go.uber.org/zap"

	"github.com/stillmic/stillmic/daemon/device"
)

// SetDefault makes the virtual microphone the system's default, or gives the
// one before back. It holds until it is said otherwise: after a restart, and of
// the sound server, the virtual microphone becomes the default again.
func (d *Daemon) SetDefault(on bool) error {
	return d.order(func(srv device.Server, s situation) error {
		// What the supervisor knows may be older than the order before this one.
		current := defaultSource(srv)
		var err error
		if on {
			err = d.takeDefault(srv, s.sink, current)
		} else {
			err = d.giveDefault(srv, s.sink, current, s.source.Name)
		}
		if err != nil {
			return err
		}
		d.settings.SetDefault(on)
		return nil
	})
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

// published becomes the default where that is wanted; the supervisor calls it.
func (d *Daemon) published(srv device.Server, sink, current string) {
	if !d.settings.Now().Default {
		return
	}
	if err := d.takeDefault(srv, sink, current); err != nil {
		d.o.Log.Warn("stillmic is not the default microphone", zap.Error(err))
	}
}

// leaving gives the default back; the supervisor calls it when the virtual microphone is gone.
func (d *Daemon) leaving(srv device.Server, s situation) {
	if !d.settings.Now().Default {
		return
	}
	if err := d.giveDefault(srv, s.sink, s.normal, s.source.Name); err != nil {
		d.o.Log.Warn("the default microphone stays stillmic's", zap.Error(err))
	}
}
