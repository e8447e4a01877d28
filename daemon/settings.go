package daemon

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/daemon/config"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/engine"
	"github.com/stillmic/stillmic/daemon/paths"
	"github.com/stillmic/stillmic/daemon/preset"
	"github.com/stillmic/stillmic/daemon/rules"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/daemon/voice"
)

// Keys of what can be chosen while the daemon runs. Those that the
// configuration has too bear its names.
const (
	keyStrength = "suppression.strength"
	keyModel    = "suppression.model"
	keyLatency  = "suppression.latency"
	keyDevice   = "microphone.device"
	keyDefault  = "output.default"
	keyPreset   = "voice.preset"
	keyTalk     = "talk.mode"
	keyVoice    = "voice.settings"

	// For the session alone, from log-in to log-out: a daemon that comes back
	// after a crash must not open a microphone that was muted.
	keyMute   = "mute"
	keyBypass = "bypass"
	keyBefore = "default.before" // the default microphone before ours
)

// settings is what can be changed while the daemon runs and is not the
// engine's or the supervisor's.
type settings struct {
	mu     sync.Mutex
	mute   bool
	talk   control.Talk
	voice  voice.Settings
	preset string
	device string // the microphone chosen, which the supervisor may not have come to

	own  own           // what the person has chosen
	rule rules.Verdict // what the rules say over it

	lasting, session *choices // nil: nothing is remembered
}

// describe tells the settings.
func (s *settings) describe(st *Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st.Mute, st.Talk, st.Silent = s.mute, s.talk, s.mute || s.talk.Silent()
	st.Preset, st.Voice, st.Device = s.preset, s.voice, s.device
	st.Rules = s.rule.Reasons
}

// choose notes which microphone was chosen.
func (s *settings) choose(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.device = name
}

// configValues are the configuration's values of what can be chosen.
func configValues(c config.Config) map[string]string {
	return map[string]string{
		keyStrength: c.Suppression.Strength.String(),
		keyModel:    c.Suppression.Model,
		keyLatency:  string(c.Suppression.Latency),
		keyDevice:   c.Microphone.Device,
		keyDefault:  strconv.FormatBool(c.Output.Default),
		keyPreset:   c.Voice.String(),
		keyVoice:    c.Voice.String(),
		keyTalk:     string(c.Talk.Mode),
		keyBypass:   strconv.FormatBool(c.Suppression.Bypass),
	}
}

// recall puts earlier choices over the configuration. What a flag has set for
// this run stays.
func (d *Daemon) recall() error {
	state, err := paths.StateDir()
	if err != nil {
		return err
	}
	dir, err := paths.RuntimeDir()
	if err != nil {
		return err
	}
	c, s := &d.o.Config, &d.settings
	s.lasting = openChoices(filepath.Join(state, "choices.json"), configValues(*c), d.o.Log)
	s.session = openChoices(filepath.Join(dir, "session.json"), configValues(*c), d.o.Log)
	d.chosen(s.lasting, keyStrength, func(v string) error { return c.Suppression.Strength.UnmarshalText([]byte(v)) })
	d.chosen(s.lasting, keyDevice, func(v string) error { c.Microphone.Device = v; return nil })
	d.chosen(s.lasting, keyDefault, func(v string) error { return setBool(&c.Output.Default, v) })
	d.chosen(s.lasting, keyTalk, func(v string) error { return c.Talk.Mode.UnmarshalText([]byte(v)) })
	d.chosen(s.lasting, keyPreset, func(v string) error {
		set := config.Voice{Preset: v}
		_, _, err := set.Settings()
		if err == nil {
			c.Voice = set
		}
		return err
	})
	d.chosen(s.lasting, keyLatency, func(v string) error {
		var b control.LatencyBudget
		if err := b.UnmarshalText([]byte(v)); err != nil {
			return err
		}
		return d.useModel(c.Suppression.Model, b)
	})
	d.chosen(s.lasting, keyModel, func(v string) error { return d.useModel(v, d.network.Load().budget) })
	d.chosen(s.session, keyBypass, func(v string) error { return setBool(&c.Suppression.Bypass, v) })
	d.chosen(s.session, keyMute, func(v string) error { return setBool(&s.mute, v) })
	s.talk.Mode = c.Talk.Mode
	if err := d.recallVoice(); err != nil {
		return err
	}
	s.choose(c.Microphone.Device)
	d.standard.Store(c.Output.Default)
	d.engine.SetStrength(c.Suppression.Strength)
	d.keepOwn()
	d.engine.SetBypass(c.Suppression.Bypass)
	d.engine.SetMute(s.mute || s.talk.Silent())
	return nil
}

// recallVoice uses the configuration's voice, or one that was set by hand since.
func (d *Daemon) recallVoice() error {
	v, name, err := d.o.Config.Voice.Settings()
	if err != nil {
		return err
	}
	if err := d.useVoice(v, name); err != nil {
		return err
	}
	d.chosen(d.settings.lasting, keyVoice, func(text string) error {
		var set voice.Settings
		if err := json.Unmarshal([]byte(text), &set); err != nil || set == v {
			return err
		}
		return d.useVoice(set, "")
	})
	return nil
}

// chosen has use take an earlier choice, unless a flag has set the same.
func (d *Daemon) chosen(from *choices, key string, use func(string) error) {
	v, there := from.get(key)
	if !there || slices.Contains(d.o.Given, key) {
		return
	}
	if err := use(v); err != nil {
		d.o.Log.Warn("an earlier choice does not hold any more", zap.String("key", key), zap.Error(err))
	}
}

func setBool(into *bool, text string) error {
	v, err := strconv.ParseBool(text)
	if err == nil {
		*into = v
	}
	return err
}

// forget closes the files; what was chosen is in them.
func (s *settings) forget() {
	s.lasting.close()
	s.session.close()
}

// SetStrength changes how much noise is removed, from the next hop on.
func (d *Daemon) SetStrength(s strength.Limit) {
	if d.settings.keepStrength(s) {
		d.settings.lasting.set(keyStrength, s.String())
		d.o.Log.Debug("strength", zap.Stringer("strength", s))
	}
	d.engine.SetStrength(s) // a rule may have set another
}

// SetBypass switches cleaning off and on.
func (d *Daemon) SetBypass(on bool) {
	d.engine.SetBypass(on)
	d.settings.session.set(keyBypass, strconv.FormatBool(on))
	d.o.Log.Info("bypass", zap.Bool("on", on))
}

// SetMute silences the microphone, or opens it.
func (d *Daemon) SetMute(on bool) {
	s := &d.settings
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mute = on
	d.engine.SetMute(s.mute || s.talk.Silent())
	s.session.set(keyMute, strconv.FormatBool(on))
	d.o.Log.Info("mute", zap.Bool("on", on))
}

// SetTalk changes what the talk button does, or presses or releases it. A new
// mode begins with the button released.
func (d *Daemon) SetTalk(c control.TalkChange) {
	s := &d.settings
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Mode != nil && *c.Mode != s.talk.Mode {
		s.talk = control.Talk{Mode: *c.Mode}
		s.lasting.set(keyTalk, string(*c.Mode))
		d.o.Log.Info("talk button", zap.String("mode", string(*c.Mode)))
	}
	if c.Pressed != nil {
		s.talk.Pressed = *c.Pressed
	}
	d.engine.SetMute(s.mute || s.talk.Silent())
}

// SetPreset uses a preset's strength and voice; "" turns the voice processing
// off and leaves the strength.
func (d *Daemon) SetPreset(name string) error {
	var p preset.Preset
	if name != "" {
		var err error
		if p, err = preset.Load(name); err != nil {
			return fmt.Errorf("%w: %w", control.ErrNotFound, err)
		}
	}
	if err := d.useVoice(p.Voice, name); err != nil {
		return err
	}
	if name != "" {
		s, err := strength.Parse(p.Strength)
		if err != nil {
			return fmt.Errorf("preset %s: %w", name, err)
		}
		d.SetStrength(s)
	}
	d.settings.lasting.set(keyPreset, name)
	d.rememberVoice()
	d.o.Log.Info("preset", zap.String("preset", name))
	return nil
}

// SetVoice changes the voice processing.
func (d *Daemon) SetVoice(v voice.Settings) error {
	if err := d.useVoice(v, ""); err != nil {
		return err
	}
	d.rememberVoice()
	return nil
}

// rememberVoice saves the present settings.
func (d *Daemon) rememberVoice() {
	d.settings.keepVoice()
	d.settings.mu.Lock()
	defer d.settings.mu.Unlock()
	text, err := json.Marshal(d.settings.voice)
	if err != nil {
		d.o.Log.Warn("the voice settings will not survive a restart", zap.Error(err))
		return
	}
	d.settings.lasting.set(keyVoice, string(text))
}

// useVoice has the engine use these settings, which are those of a preset or "".
func (d *Daemon) useVoice(v voice.Settings, name string) error {
	if err := v.Check(); err != nil {
		return err
	}
	var p engine.PostProcessor
	if v != (voice.Settings{}) {
		p = voice.New(v)
	}
	s := &d.settings
	s.mu.Lock()
	defer s.mu.Unlock()
	s.voice, s.preset = v, name
	d.engine.SetPostProcessor(p)
	return nil
}
