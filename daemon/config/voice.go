package config

import (
	"fmt"

	"github.com/stillmic/stillmic/daemon/preset"
	"github.com/stillmic/stillmic/daemon/voice"
)

// Voice says how a clean voice is finished: by a preset, and by single
// settings that take the place of the preset's.
type Voice struct {
	// Preset is the name of a preset, whose voice settings are used; empty: none.
	Preset string `toml:"preset"`

	// A key with the tag "before" is an earlier name of another.
	Declip   Knob `toml:"declip"`
	Hum      Knob `toml:"hum"`
	Plosive  Knob `toml:"plosive"`
	Dereverb Knob `toml:"dereverb"`
	Room     Knob `toml:"room" before:"Dereverb"`
	Breath   Knob `toml:"breath"`
	Click    Knob `toml:"click"`
	Gate     Knob `toml:"gate"`
	DeEss    Knob `toml:"deess"`
	Clarity  Knob `toml:"clarity"`
	Leveller Knob `toml:"leveller"`

	// TargetLUFS is the loudness that the leveller aims at, Limit the highest
	// true peak in dBTP; 0 leaves them to the preset.
	TargetLUFS float64 `toml:"target_lufs"`
	Limit      float64 `toml:"limit_dbtp"`
}

// Knob is a voice.Level that the file names, or what the preset says, "" there.
type Knob struct {
	Level  voice.Level
	Turned bool // the file names it
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (k *Knob) UnmarshalText(text []byte) error {
	*k = Knob{}
	if len(text) == 0 {
		return nil
	}
	k.Turned = true
	return k.Level.UnmarshalText(text)
}

// over sets a level where the knob was turned.
func (k Knob) over(l *voice.Level) {
	if k.Turned {
		*l = k.Level
	}
}

// Settings returns the preset's with the single ones over them, and the name of
// the preset they are the same as, or "".
func (c Voice) Settings() (s voice.Settings, name string, err error) {
	var p preset.Preset
	if c.Preset != "" {
		if p, err = preset.Load(c.Preset); err != nil {
			return s, "", err
		}
	}
	s = p.Voice
	c.Declip.over(&s.Declip)
	c.Hum.over(&s.Hum)
	c.Plosive.over(&s.Plosive)
	c.Room.over(&s.Dereverb)
	c.Dereverb.over(&s.Dereverb)
	c.Breath.over(&s.Breath)
	c.Click.over(&s.Click)
	c.Gate.over(&s.Gate)
	c.DeEss.over(&s.DeEss)
	c.Clarity.over(&s.Clarity)
	c.Leveller.over(&s.Leveller)
	if c.TargetLUFS != 0 {
		s.TargetLUFS = c.TargetLUFS
	}
	if c.Limit != 0 {
		s.Limit = c.Limit
	}
	if s == p.Voice {
		name = c.Preset
	}
	return s, name, s.Check()
}

// String tells one section from another: the preset's name where nothing else
// is set.
func (c Voice) String() string {
	if c == (Voice{Preset: c.Preset}) {
		return c.Preset
	}
	type plain Voice // without this method
	return fmt.Sprintf("%+v", plain(c))
}
