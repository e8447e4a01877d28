package daemon

import (
	"cmp"
	"math"
	"slices"

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
	apps := d.recorders(srv, s.Sink)
	names := appNames(apps)
	d.apps.Store(&names)
	d.applyVerdict(rules.Evaluate(d.o.Config.Rules, s.Source, apps))
	d.holdVolume(srv, s.Source.Name)
}

// recorders lists the applications that record our microphone, where the server tells.
func (d *Daemon) recorders(srv device.Server, sink string) (apps []audioio.Recorder) {
	m, knows := srv.(audioio.Mixer)
	if !knows {
		return nil
	}
	list, err := m.Recorders()
	if err != nil {
		d.o.Log.Warn("which applications record is not known, so rules for them rest", zap.Error(err))
	}
	for _, r := range list {
		if r.Source == sink && !r.Stillmic {
			apps = append(apps, r)
		}
	}
	return apps
}

// appNames returns the names of applications for people, each once.
func appNames(apps []audioio.Recorder) []string {
	names := []string{} // [] rather than null
	for _, r := range apps {
		if name := cmp.Or(r.Application, r.Program); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
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

// holdVolume sets the volume of the microphone in use as the rules say, or where
// volumes are held, as it was when the microphone was first used. The supervisor's
// goroutine calls it, when the microphone or its volume may be another.
//
// Applications with an automatic gain of their own turn microphones up and down;
// they would fight the leveller, and leave the volume so when they end.
func (d *Daemon) holdVolume(srv device.Server, source string) {
	m, knows := srv.(audioio.Mixer)
	percent := d.settings.Now().Volume
	if !knows || source == "" || percent == 0 && !d.o.Config.Microphone.HoldVolume {
		return
	}
	level, err := m.Level(source)
	if err != nil {
		return // it has just gone
	}
	want := percent / 100
	if percent == 0 {
		if d.heldVolumes == nil {
			d.heldVolumes = map[string]float64{}
		}
		if _, known := d.heldVolumes[source]; !known {
			d.heldVolumes[source] = level.Volume
		}
		want = d.heldVolumes[source]
	}
	if math.Abs(level.Volume-want) < volumeStep {
		return
	}
	if err := m.SetVolume(source, want); err != nil {
		d.o.Log.Warn("the microphone's volume stays changed", zap.String("source", source), zap.Error(err))
		return
	}
	d.o.Log.Info("volume held", zap.String("source", source), zap.Float64("percent", math.Round(100*want)),
		zap.Float64("was", math.Round(100*level.Volume)))
}

// volumeStep is the least difference that counts: half a percent, for servers
// round.
const volumeStep = 0.005
