package daemon

import (
	"go.uber.org/zap"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/device"
	"github.com/stillmic/stillmic/daemon/rules"
	"github.com/stillmic/stillmic/daemon/supervisor"
)

// reapplyRules evaluates the rules for the microphone in use and the applications
// that record ours, and has their verdict used. The supervisor's goroutine calls it
// when one of the two may be another.
func (d *Daemon) reapplyRules(srv device.Server, s supervisor.Snapshot) {
	var apps []audioio.Recorder
	if m, knows := srv.(audioio.Mixer); knows && rules.ByApplication(d.o.Config.Rules) {
		list, err := m.Recorders()
		if err != nil {
			d.o.Log.Warn("who records is not known, so rules for applications rest", zap.Error(err))
		}
		for _, r := range list {
			if r.Source == s.Sink && !r.Stillmic {
				apps = append(apps, r)
			}
		}
	}
	d.applyVerdict(rules.Evaluate(d.o.Config.Rules, s.Source, apps))
	d.holdVolume(srv, s.Source.Name)
}

// applyVerdict has what a new verdict says used, and gives back what it says no more.
func (d *Daemon) applyVerdict(v rules.Verdict) {
	if !d.settings.SetVerdict(v) {
		return
	}
	now := d.settings.Now()
	d.o.Log.Info("rules", zap.String("because", v.Reasons), zap.Stringer("strength", now.Strength),
		zap.String("preset", v.Preset))
}
