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
	apps, raw := d.recorders(srv, s.Sink)
	d.programs.Store(&programs{apps: appNames(apps), raw: appNames(raw)})
	d.noteMutes(srv, s)
	d.applyVerdict(rules.Evaluate(d.o.Config.Rules, s.Source, apps))
	d.holdVolume(srv, s.Source.Name)
}

// programs is who records what, by names.
type programs struct {
	apps []string // that record our microphone
	raw  []string // that record another one, uncleaned
}

// recorders lists the applications that record our microphone, and those that record another
// one, where the server tells.
func (d *Daemon) recorders(srv device.Server, sink string) (apps, raw []audioio.Recorder) {
	m, knows := srv.(audioio.Mixer)
	if !knows {
		return nil, nil
	}
	list, err := m.Recorders()
	if err != nil {
		d.o.Log.Warn("which applications record is not known, so rules for them rest", zap.Error(err))
	}
	for _, r := range list {
		switch {
		case r.Stillmic:
		case r.Source == sink:
			apps = append(apps, r)
		case r.Raw:
			raw = append(raw, r)
		}
	}
	return apps, raw
}

// mutes is what a mixer has muted.
type mutes struct{ source, sink bool }

// noteMutes notes whether a mixer has muted the microphone in use, or our own.
func (d *Daemon) noteMutes(srv device.Server, s supervisor.Snapshot) {
	m, knows := srv.(audioio.Mixer)
	if !knows {
		return
	}
	muted := func(name string) bool {
		level, err := m.Level(name)
		return err == nil && level.Muted // one that is gone is not muted
	}
	d.mutes.Store(&mutes{source: muted(s.Source.Name), sink: muted(s.Sink)})
	d.events.Changed()
}

// appNames returns the names of applications for people, each once.
func appNames(apps []audioio.Recorder) []string {
	names := []string{} // [] rather than null
	for _, r := range apps {
		if name := appName(r); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// appName is the name of an application for people, "" if it has none.
func appName(r audioio.Recorder) string { return cmp.Or(r.Application, r.Program) }

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
