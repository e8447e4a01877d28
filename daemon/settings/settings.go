// Package settings owns what can be changed while the daemon runs. People choose
// through the tray, the page and the command line, rules judge, and what holds is one
// pure function of all of it: [Effective].
//
// Whoever changes something calls a method of [Store]. Under one lock it computes what
// holds, has it used, marks the file for writing and says that there is news, so that
// engine, file and events always agree.
package settings

import (
	"fmt"
	"strconv"

	"github.com/stillmic/stillmic/daemon/config"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/preset"
	"github.com/stillmic/stillmic/daemon/rules"
	"github.com/stillmic/stillmic/daemon/speaker"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/daemon/voice"
)

// Settings is what holds at one time.
type Settings struct {
	Strength strength.Limit
	Bypass   bool
	Model    string // as the configuration names it
	Latency  control.LatencyBudget
	Echo     control.EchoMode
	Focus    control.FocusMode

	Speaker speaker.Settings

	Mute bool
	Talk control.Talk

	Voice  voice.Settings
	Preset string // whose voice that is, "" for none

	Device  string // the microphone, "" for the system's default
	Channel int    // of the microphone, from 1 on; 0: those that the voice is in
	Default bool   // the virtual microphone is to be the system's default

	Volume float64 // that a rule holds the microphone at, in percent; 0 for none
	Rules  string  // the rules that hold, in words
}

// Silent reports whether nothing is to be heard.
func (s Settings) Silent() bool { return s.Mute || s.Talk.Silent() }

// Flags are values given on the command line, for one run; nil for those that were not.
type Flags struct {
	Strength *strength.Limit
	Device   *string
	Channel  *int // of Device; nil: 0 where that is given
	Model    *string
	Latency  *control.LatencyBudget
}

// Choice is what somebody chose, and what the configuration said when they did. It holds
// until the configuration says something else: what was decided last counts.
type Choice[T any] struct {
	Value  T
	Config string
}

// Chosen is what was chosen at run time; nil for what was not.
type Chosen struct {
	Strength *Choice[strength.Limit]
	Model    *Choice[string]
	Latency  *Choice[control.LatencyBudget]
	Echo     *Choice[control.EchoMode]
	Focus    *Choice[control.FocusMode]

	// PresetFocus is what the preset chosen last says of the focus; nil: nothing, or the
	// focus was chosen since.
	PresetFocus *Choice[control.FocusMode]

	Device  *Choice[string]
	Channel *Choice[int] // of the device
	Default *Choice[bool]
	Preset  *Choice[string] // "" for none
	Voice   *Choice[voice.Settings]
	Talk    *Choice[control.TalkMode]

	SpeakerOn       *Choice[bool]
	SpeakerStrength *Choice[strength.Limit]
	SpeakerDevice   *Choice[string]

	// For the session alone, from log-in to log-out: a daemon that comes back after a
	// crash must not open a microphone that was muted.
	Mute          *Choice[bool]
	Bypass        *Choice[bool]
	DefaultBefore *Choice[string] // the system's default microphone before ours

	Pressed bool // the talk button; it is never saved
}

// Keys of what can be chosen. Those that the configuration has, too, bear its names.
const (
	keyStrength      = "suppression.strength"
	keyModel         = "suppression.model"
	keyLatency       = "suppression.latency"
	keyEcho          = "suppression.echo"
	keyFocus         = "suppression.focus"
	keyDevice        = "microphone.device"
	keyChannel       = "microphone.channel"
	keyDefault       = "output.default"
	keyPreset        = "voice.preset"
	keyPresetFocus   = "voice.preset.focus"
	keyVoice         = "voice.settings"
	keyTalk          = "talk.mode"
	keySpeakerOn     = "speaker.on"
	keySpeakerLimit  = "speaker.strength"
	keySpeakerDevice = "speaker.device"
	keyMute          = "mute"
	keyBypass        = "bypass"
	keyDefaultBefore = "default.before"
)

// configured returns what the configuration says of each key.
func configured(c config.Config) map[string]string {
	return map[string]string{
		keyStrength: c.Suppression.Strength.String(),
		keyModel:    c.Suppression.Model,
		keyLatency:  string(c.Suppression.Latency),
		keyEcho:     string(c.Suppression.Echo),
		keyFocus:    string(c.Suppression.Focus),
		keyDevice:   c.Microphone.Device,
		keyChannel:  fmt.Sprintf("%s:%d", c.Microphone.Device, c.Microphone.Channel), // a channel is one of a device
		keyDefault:  strconv.FormatBool(c.Output.Default),
		keyPreset:   c.Voice.String(),
		keyVoice:    c.Voice.String(),

		keyPresetFocus: c.Voice.String() + " " + string(c.Suppression.Focus),

		keyTalk: string(c.Talk.Mode),

		keySpeakerOn:     strconv.FormatBool(c.Speaker.On),
		keySpeakerLimit:  c.Speaker.Strength.String(),
		keySpeakerDevice: c.Speaker.Device,

		keyBypass: strconv.FormatBool(c.Suppression.Bypass),
	}
}

// Effective returns what holds: a rule's verdict goes before flags, those before what was
// chosen, and that before the configuration. Once somebody chooses at run time, the flag
// of that setting and what the verdict says of it are taken back by [Store].
func Effective(c config.Config, f Flags, ch Chosen, v rules.Verdict) Settings {
	says := configured(c)
	s := Settings{
		Strength: pick(c.Suppression.Strength, f.Strength, ch.Strength, says[keyStrength]),
		Bypass:   pick(c.Suppression.Bypass, nil, ch.Bypass, says[keyBypass]),
		Model:    pick(c.Suppression.Model, f.Model, ch.Model, says[keyModel]),
		Latency:  pick(c.Suppression.Latency, f.Latency, ch.Latency, says[keyLatency]),
		Echo:     pick(c.Suppression.Echo, nil, ch.Echo, says[keyEcho]),
		Focus:    pick(pick(c.Suppression.Focus, nil, ch.Focus, says[keyFocus]), nil, ch.PresetFocus, says[keyPresetFocus]),
		Speaker: speaker.Settings{
			On:       pick(c.Speaker.On, nil, ch.SpeakerOn, says[keySpeakerOn]),
			Strength: pick(c.Speaker.Strength, nil, ch.SpeakerStrength, says[keySpeakerLimit]),
			Device:   pick(c.Speaker.Device, nil, ch.SpeakerDevice, says[keySpeakerDevice]),
		},
		Mute:    pick(false, nil, ch.Mute, says[keyMute]),
		Talk:    control.Talk{Mode: pick(c.Talk.Mode, nil, ch.Talk, says[keyTalk]), Pressed: ch.Pressed},
		Device:  pick(c.Microphone.Device, f.Device, ch.Device, says[keyDevice]),
		Channel: effectiveChannel(c.Microphone.Channel, f, ch, says[keyChannel]),
		Default: pick(c.Output.Default, nil, ch.Default, says[keyDefault]),
		Volume:  v.Volume,
		Rules:   v.Reasons,
	}
	s.Voice, s.Preset = effectiveVoice(c.Voice, ch, says)
	if v.Strength != nil {
		s.Strength = *v.Strength
	}
	if v.Focus != nil {
		s.Focus = *v.Focus
	}
	s.Speaker = ruled(s.Speaker, v.Speaker)
	if p, err := preset.Load(v.Preset); err == nil { // rules are checked when they are read
		s.Voice, s.Preset = p.Voice, v.Preset
	}
	return s
}

// ruled returns the virtual output's settings with what rules say of them.
func ruled(s speaker.Settings, v rules.Speaker) speaker.Settings {
	if v.On != nil {
		s.On = *v.On
	}
	if v.Strength != nil {
		s.Strength = *v.Strength
	}
	if v.Device != nil {
		s.Device = *v.Device
	}
	return s
}

// effectiveChannel returns the channel. One that goes with another device is left aside.
func effectiveChannel(configured int, f Flags, ch Chosen, says string) int {
	if f.Device != nil && f.Channel == nil {
		return 0
	}
	return pick(configured, f.Channel, ch.Channel, says)
}

// effectiveVoice returns the voice without rules, and the preset it is the same as.
func effectiveVoice(c config.Voice, ch Chosen, says map[string]string) (voice.Settings, string) {
	if holds(ch.Preset, says[keyPreset]) {
		c = config.Voice{Preset: ch.Preset.Value}
	}
	v, name, err := c.Settings()
	if err != nil {
		return voice.Settings{}, "" // both the file and the choice are checked when they are read
	}
	if holds(ch.Voice, says[keyVoice]) && ch.Voice.Value != v {
		return ch.Voice.Value, ""
	}
	return v, name
}

// pick returns the value of one setting.
func pick[T any](configured T, flag *T, chosen *Choice[T], says string) T {
	switch {
	case flag != nil:
		return *flag
	case holds(chosen, says):
		return chosen.Value
	}
	return configured
}

// holds reports whether there is a choice that was made under what the configuration says.
func holds[T any](c *Choice[T], says string) bool { return c != nil && c.Config == says }
