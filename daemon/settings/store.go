package settings

import (
	"fmt"
	"path/filepath"
	"sync"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/daemon/config"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/preset"
	"github.com/stillmic/stillmic/daemon/rules"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/daemon/voice"
)

// Options is what a Store is made of.
type Options struct {
	Config config.Config
	Flags  Flags

	StateDir   string // folder of what survives log-out
	SessionDir string // folder of what does not

	// Use has what holds now used, in the place of what held before. Changed says that
	// there is news. Both are called with the store locked: they must not wait, nor call
	// the store.
	Use     func(was, now Settings)
	Changed func()

	Log *zap.Logger
}

// Store is the one owner of the settings. All methods may be called from anywhere.
type Store struct {
	o                   Options
	says                map[string]string // what the configuration says
	persistent, session *file

	mu     sync.Mutex
	flags  Flags
	chosen Chosen
	judged rules.Verdict // the last one
	rule   rules.Verdict // what is in force of it
	now    Settings
}

// Open reads earlier choices. A file that cannot be read is logged, and replaced with the
// next choice. Nothing is used yet: the caller does that with what Now returns.
func Open(o Options) (*Store, error) {
	if _, _, err := o.Config.Voice.Settings(); err != nil {
		return nil, fmt.Errorf("voice of the configuration: %w", err)
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	s := &Store{o: o, says: configured(o.Config), flags: o.Flags}
	s.persistent = s.openFile(filepath.Join(o.StateDir, "choices.json"), (*Chosen).persistent)
	s.session = s.openFile(filepath.Join(o.SessionDir, "session.json"), (*Chosen).session)
	s.now = Effective(o.Config, s.flags, s.chosen, s.rule)
	return s, nil
}

// Close writes what is not written yet.
func (s *Store) Close() {
	s.persistent.close()
	s.session.close()
}

// Now returns what holds.
func (s *Store) Now() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// update changes the store and has everybody follow.
func (s *Store) update(change func(), dirty ...*file) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	s.follow(dirty...)
}

// follow has what holds now used, written and told, in this order. The caller holds mu.
func (s *Store) follow(dirty ...*file) {
	was := s.now
	s.now = Effective(s.o.Config, s.flags, s.chosen, s.rule)
	s.o.Use(was, s.now)
	for _, f := range dirty {
		f.save()
	}
	s.o.Changed()
}

// choose makes a choice under the present configuration.
func choose[T any](s *Store, key string, value T) *Choice[T] {
	return &Choice[T]{Value: value, Config: s.says[key]}
}

// SetStrength chooses how much noise is removed, until a rule judges anew.
func (s *Store) SetStrength(l strength.Limit) {
	s.update(func() { s.chooseStrength(l) }, s.persistent)
}

func (s *Store) chooseStrength(l strength.Limit) {
	s.chosen.Strength, s.flags.Strength, s.rule.Strength = choose(s, keyStrength, l), nil, nil
}

// SetBypass has the microphone pass unprocessed.
func (s *Store) SetBypass(on bool) {
	s.update(func() { s.chosen.Bypass = choose(s, keyBypass, on) }, s.session)
}

// SetMute silences the microphone.
func (s *Store) SetMute(on bool) {
	s.update(func() { s.chosen.Mute = choose(s, keyMute, on) }, s.session)
}

// SetTalk changes what the talk button does, or presses or releases it. A new mode begins
// with the button released. It reports whether the mode is a new one.
func (s *Store) SetTalk(c control.TalkChange) (newMode bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var dirty []*file
	if c.Mode != nil && *c.Mode != s.now.Talk.Mode {
		newMode, dirty = true, []*file{s.persistent}
		s.chosen.Talk, s.chosen.Pressed = choose(s, keyTalk, *c.Mode), false
	}
	if c.Pressed != nil {
		s.chosen.Pressed = *c.Pressed
	}
	s.follow(dirty...)
	return newMode
}

// SetPreset chooses the voice, the strength and, where it has one, the focus of a preset; ""
// chooses no voice processing and leaves the strength. With a preset that says nothing of
// the focus, and with none, what was chosen or configured before holds again. All hold until
// a rule judges anew.
func (s *Store) SetPreset(name string) error {
	var limit *strength.Limit
	var p preset.Preset
	if name != "" {
		var err error
		if p, err = preset.Load(name); err != nil {
			return fmt.Errorf("%w: %w", control.ErrNotFound, err)
		}
		l, err := strength.Parse(p.Strength)
		if err != nil {
			return fmt.Errorf("preset %s: %w", name, err)
		}
		limit = &l
	}
	s.update(func() {
		s.chosen.Preset, s.chosen.Voice, s.rule.Preset = choose(s, keyPreset, name), nil, ""
		if limit != nil {
			s.chooseStrength(*limit)
		}
		s.choosePresetFocus(p.Focus)
	}, s.persistent)
	return nil
}

// choosePresetFocus takes what a preset says of the focus, "" for nothing. A rule's own word on
// it stays then, its preset's does not.
func (s *Store) choosePresetFocus(m control.FocusMode) {
	s.chosen.PresetFocus = nil
	if m != "" {
		s.chosen.PresetFocus = choose(s, keyPresetFocus, m)
	}
	if m != "" || s.rule.OfPreset {
		s.rule.Focus, s.rule.OfPreset = nil, false
	}
}

// SetVoice chooses the voice processing, until a rule judges anew.
func (s *Store) SetVoice(v voice.Settings) error {
	if err := v.Check(); err != nil {
		return err
	}
	s.update(func() { s.chosen.Voice, s.rule.Preset = choose(s, keyVoice, v), "" }, s.persistent)
	return nil
}

// SetDevice chooses the microphone, "" for the system's default, and a channel of it, from 1 on;
// 0 is for those that the voice is in.
func (s *Store) SetDevice(name string, channel int) {
	s.update(func() {
		s.chosen.Device, s.flags.Device = choose(s, keyDevice, name), nil
		s.chosen.Channel, s.flags.Channel = choose(s, keyChannel, channel), nil
	}, s.persistent)
}

// SetEcho chooses when the echo of loudspeakers is cancelled.
func (s *Store) SetEcho(m control.EchoMode) {
	s.update(func() { s.chosen.Echo = choose(s, keyEcho, m) }, s.persistent)
}

// SetFocus chooses whose voices stay, until a rule judges anew.
func (s *Store) SetFocus(m control.FocusMode) {
	s.update(func() {
		s.chosen.Focus, s.chosen.PresetFocus = choose(s, keyFocus, m), nil
		s.rule.Focus, s.rule.OfPreset = nil, false
	}, s.persistent)
}

// SetSpeaker chooses of the virtual output what is not nil, until a rule judges anew.
func (s *Store) SetSpeaker(on *bool, limit *strength.Limit, device *string) {
	s.update(func() {
		if on != nil {
			s.chosen.SpeakerOn, s.rule.Speaker.On = choose(s, keySpeakerOn, *on), nil
		}
		if limit != nil {
			s.chosen.SpeakerStrength, s.rule.Speaker.Strength = choose(s, keySpeakerLimit, *limit), nil
		}
		if device != nil {
			s.chosen.SpeakerDevice, s.rule.Speaker.Device = choose(s, keySpeakerDevice, *device), nil
		}
	}, s.persistent)
}

// SetDefault notes whether the virtual microphone is to be the system's default.
func (s *Store) SetDefault(on bool) {
	s.update(func() { s.chosen.Default = choose(s, keyDefault, on) }, s.persistent)
}

// DefaultBefore returns the default microphone before ours, "" if none is known.
func (s *Store) DefaultBefore() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return pick("", nil, s.chosen.DefaultBefore, "")
}

// SetDefaultBefore notes the default microphone before ours.
func (s *Store) SetDefaultBefore(name string) {
	s.update(func() { s.chosen.DefaultBefore = choose(s, keyDefaultBefore, name) }, s.session)
}

// SetModel chooses the network; use has it used, with the store locked.
func (s *Store) SetModel(name string, use func()) {
	s.update(func() {
		s.chosen.Model, s.flags.Model = choose(s, keyModel, name), nil
		use()
	}, s.persistent)
}

// SetLatency chooses the delay that the network may take; use has the network used that
// follows from it, with the store locked.
func (s *Store) SetLatency(b control.LatencyBudget, use func()) {
	s.update(func() {
		s.chosen.Latency, s.flags.Latency = choose(s, keyLatency, b), nil
		use()
	}, s.persistent)
}

// IgnoreModel has the network of an earlier choice, which cannot be used, give way to
// another for this run. The choice stays in the file.
func (s *Store) IgnoreModel(name string, b control.LatencyBudget) {
	s.update(func() { s.flags.Model, s.flags.Latency = &name, &b })
}

// SetVerdict takes what the rules say now, and reports whether that is something else than
// before. What was chosen by hand meanwhile stays until then.
func (s *Store) SetVerdict(v rules.Verdict) (changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed = !v.Equal(s.judged)
	if !changed && v.Volume == s.judged.Volume {
		return false
	}
	if s.judged = v; changed {
		s.rule = v
	}
	s.rule.Volume = v.Volume
	s.follow()
	return changed
}
