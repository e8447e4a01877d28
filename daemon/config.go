package daemon

import (
	"reflect"
	"sort"
	"time"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/preset"
	"github.com/stillmic/stillmic/daemon/strength"
)

// Config is the configuration file, configs/stillmic.toml with its defaults.
type Config struct {
	Audio       AudioConfig       `toml:"audio"`
	Microphone  MicrophoneConfig  `toml:"microphone"`
	Output      OutputConfig      `toml:"output"`
	Suppression SuppressionConfig `toml:"suppression"`
	Voice       VoiceConfig       `toml:"voice"`
	Talk        TalkConfig        `toml:"talk"`
	Idle        IdleConfig        `toml:"idle"`
	Control     ControlConfig     `toml:"control"`
	Log         LogConfig         `toml:"log"`

	// Rules are settings for single microphones and applications, in the order
	// of the file.
	Rules []Rule `toml:"-"`
}

// AudioConfig chooses the way to the devices.
type AudioConfig struct {
	// Backend is auto, pulse or portaudio.
	Backend string `toml:"backend"`
}

// MicrophoneConfig chooses what is recorded.
type MicrophoneConfig struct {
	// Device is the name of the microphone as "stillmic devices" lists it;
	// empty follows the system's default.
	Device string `toml:"device"`
	// HoldVolume puts its volume back when something else changes it.
	HoldVolume bool `toml:"hold_volume"`
}

// OutputConfig describes the virtual microphone.
type OutputConfig struct {
	// Name on the sound server: letters, digits, '_', '-' and '.'.
	Name string `toml:"name"`
	// Description for people.
	Description string `toml:"description"`
	// Cable is the output that PortAudio plays into.
	Cable string `toml:"cable"`
	// Default makes the virtual microphone the system's default while stillmic
	// runs.
	Default bool `toml:"default"`
}

// SuppressionConfig says how noise is removed.
type SuppressionConfig struct {
	Strength strength.Limit `toml:"strength"`
	Bypass   bool           `toml:"bypass"`
	// Latency is how much delay the network may take.
	Latency control.LatencyBudget `toml:"latency"`
	// Model is the name of a built-in network or a file; empty: the best one that
	// Latency allows.
	Model string `toml:"model"`
}

// TalkConfig describes the talk button.
type TalkConfig struct {
	// Mode is off, push-to-talk or push-to-mute.
	Mode control.TalkMode `toml:"mode"`
}

// IdleConfig says what happens while nobody records the virtual microphone.
type IdleConfig struct {
	// Suspend closes the microphone and rests.
	Suspend bool `toml:"suspend"`
	// AfterS is how long nobody must have recorded, in seconds.
	AfterS float64 `toml:"after_s"`
}

// after is that time, 0 for never.
func (c IdleConfig) after() time.Duration {
	if !c.Suspend {
		return 0
	}
	return time.Duration(c.AfterS * float64(time.Second))
}

// ControlConfig says how the daemon can be reached beside its socket.
type ControlConfig struct {
	// Listen is the address of the web page, on this machine; empty: no page.
	Listen string `toml:"listen"`
}

// LogConfig says what is logged and how.
type LogConfig struct {
	Level  string `toml:"level"`  // debug, info, warn or error
	Format string `toml:"format"` // auto, console or json
}

// DefaultConfig returns what holds where the file says nothing.
func DefaultConfig() Config {
	return Config{
		Audio:       AudioConfig{Backend: "auto"},
		Output:      OutputConfig{Name: "stillmic", Description: "Stillmic Microphone"},
		Suppression: SuppressionConfig{Strength: strength.Strong, Latency: control.Latency40},
		Voice:       VoiceConfig{Preset: preset.Default},
		Talk:        TalkConfig{Mode: control.TalkOff},
		Idle:        IdleConfig{Suspend: true, AfterS: 5},
		Log:         LogConfig{Level: "info", Format: "auto"},
	}
}

// ConfigKeys lists every key of the configuration, sorted.
func ConfigKeys() []string {
	var keys []string
	t := reflect.TypeFor[Config]()
	for i := range t.NumField() {
		section := t.Field(i)
		if section.Type.Kind() != reflect.Struct {
			continue // the rules, which are no section
		}
		for j := range section.Type.NumField() {
			keys = append(keys, section.Tag.Get("toml")+"."+section.Type.Field(j).Tag.Get("toml"))
		}
	}
	sort.Strings(keys)
	return keys
}
