package daemon

import (
	"go.uber.org/zap"

	"github.com/stillmic/stillmic/daemon/device"
	"github.com/stillmic/stillmic/daemon/supervisor"
)

// observer is what the daemon does when the supervisor has news.
type observer struct{ d *Daemon }

func (o observer) Changed() { o.d.events.Changed() }

// Published makes the virtual microphone the default where that is wanted.
func (o observer) Published(srv device.Server, s supervisor.Snapshot) {
	if !o.d.settings.Now().Default {
		return
	}
	if err := o.d.takeDefault(srv, s.Sink, s.Default); err != nil {
		o.d.o.Log.Warn("stillmic is not the default microphone", zap.Error(err))
	}
}

// Withdrawn gives the default back.
func (o observer) Withdrawn(srv device.Server, s supervisor.Snapshot) {
	if !o.d.settings.Now().Default {
		return
	}
	if err := o.d.giveDefault(srv, s.Sink, s.Default, s.Source.Name); err != nil {
		o.d.o.Log.Warn("the default microphone stays stillmic's", zap.Error(err))
	}
}

func (o observer) UseChanged(srv device.Server, s supervisor.Snapshot) { o.d.reapplyRules(srv, s) }

func (o observer) VolumeChanged(srv device.Server, s supervisor.Snapshot) {
	o.d.noteMutes(srv, s)
	o.d.holdVolume(srv, s.Source.Name)
}
