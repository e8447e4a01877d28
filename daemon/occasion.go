package daemon

import (
	"go.uber.org/zap"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/device"
	"github.com/stillmic/stillmic/daemon/preset"
	"github.com/stillmic/stillmic/daemon/rules"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/daemon/voice"
)

// mixer is what a sound server knows of applications and volumes; not every one
// does.
type mixer interface {
	Recorders() ([]audioio.Recorder, error)
	Level(source string) (audioio.Level, error)
	SetVolume(source string, volume float64) error
}

// own are the settings that a person has chosen. They come back when no rule
// sets them any more.
type own struct {
	strength strength.Limit
	voice    voice.Settings
	preset   string
}

// occasion has the rules judge the microphone in use and the applications that
// record ours, and does what they say. The supervisor's goroutine calls it, when
// one of the two may be another.
func (d *Daemon) occasion(srv device.Server, s situation) {
	var apps []audioio.Recorder
	if m, knows := srv.(mixer); knows && rules.ByApplication(d.o.Config.Rules) {
		list, err := m.Recorders()
		if err != nil {
			d.o.Log.Warn("who records is not known, so rules for applications rest", zap.Error(err))
		}
		for _, r := range list {
			if r.Source == s.sink && !r.Stillmic {
				apps = append(apps, r)
			}
		}
	}
	d.obey(rules.Evaluate(d.o.Config.Rules, s.source, apps))
	d.hold(srv, s.source.Name)
}

// obey sets what a new verdict says and gives back what it says no more. A
// change by hand meanwhile stays until the next verdict.
func (d *Daemon) obey(v rules.Verdict) {
	s := &d.settings
	s.mu.Lock()
	was, mine := s.rule, s.own
	s.rule = v
	s.mu.Unlock()
	if v.Equal(was) {
		return
	}
	strength := mine.strength
	if v.Strength != nil {
		strength = *v.Strength
	}
	if v.Strength != nil || was.Strength != nil {
		d.engine.SetStrength(strength)
	}
	if v.Preset != "" || was.Preset != "" {
		set, name := mine.voice, mine.preset
		if p, err := preset.Load(v.Preset); err == nil && v.Preset != "" {
			set, name = p.Voice, v.Preset
		}
		if err := d.useVoice(set, name); err != nil {
			d.o.Log.Warn("a rule's preset cannot be used", zap.String("preset", v.Preset), zap.Error(err))
		}
	}
	d.o.Log.Info("rules", zap.String("because", v.Reasons), zap.Stringer("strength", strength), zap.String("preset", v.Preset))
	d.events.Changed()
}

// keepOwn notes the present settings as the person's own.
func (d *Daemon) keepOwn() {
	s := &d.settings
	s.mu.Lock()
	defer s.mu.Unlock()
	s.own = own{d.engine.Strength(), s.voice, s.preset}
}

// keepStrength notes a strength as the person's own, and says whether it is
// another than before.
func (s *settings) keepStrength(v strength.Limit) (changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed = s.own.strength != v
	s.own.strength = v
	return changed
}

// keepVoice notes the present voice as the person's own.
func (s *settings) keepVoice() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.own.voice, s.own.preset = s.voice, s.preset
}
