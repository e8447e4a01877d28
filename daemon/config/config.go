// Package config reads the configuration file, configs/stillmic.toml with its defaults.
// Unknown keys and bad values are refused with file, line and what is allowed.
package config

import (
	"reflect"
	"sort"
	"time"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/farend"
	"github.com/stillmic/stillmic/daemon/focus"
	"github.com/stillmic/stillmic/daemon/preset"
	"github.com/stillmic/stillmic/daemon/rules"
	"github.com/stillmic/stillmic/daemon/strength"
)

// Config holds the values of the file.
type Config struct {
	Audio       Audio       `toml:"audio"`
	Microphone  Microphone  `toml:"microphone"`
	Output      Output      `toml:"output"`
	Suppression Suppression `toml:"suppression"`
	Voice       Voice       `toml:"voice"`
	Speaker     Speaker     `toml:"speaker"`
	Talk        Talk        `toml:"talk"`
	Idle        Idle        `toml:"idle"`
	Control     Control     `toml:"control"`
	Log         Log         `toml:"log"`

	// Rules are settings for single microphones and applications, in the order
	// of the file.
	Rules []rules.Rule `toml:"rule"`
}

// Audio chooses the way to the devices.
type Audio struct {
	// Backend is auto, pulse or portaudio.
	Backend string `toml:"backend"`
}

// Microphone chooses what is recorded.
type Microphone struct {
	// Device is the name of the microphone as "stillmic devices" lists it;
	// empty follows the system's default.
	Device string `toml:"device"`
	// Channel is the channel of the microphone to record, from 1 on; 0: those that
	// the voice is in.
	Channel int `toml:"channel"`
	// HoldVolume puts its volume back when something else changes it.
	HoldVolume bool `toml:"hold_volume"`
}

// Output describes the virtual microphone.
type Output struct {
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

// Suppression says how noise is removed.
type Suppression struct {
	Strength strength.Limit `toml:"strength"`
	Bypass   bool           `toml:"bypass"`
	// Latency is how much delay the network may take.
	Latency control.LatencyBudget `toml:"latency"`
	// Model is the name of a built-in network or a file; empty: the best one that
	// Latency allows.
	Model string `toml:"model"`
	// Echo says when the echo of loudspeakers is cancelled.
	Echo control.EchoMode `toml:"echo"`
	// Focus says whose voices stay.
	Focus control.FocusMode `toml:"focus"`
	// OnBattery is the name of the smaller network to use on battery; empty: Model.
	OnBattery string `toml:"on_battery"`
}

// Speaker describes the virtual output that cleans what others say.
type Speaker struct {
	On bool `toml:"on"`
	// Strength is how much of the noise is removed.
	Strength strength.Limit `toml:"strength"`
	// Device is the output to play on, as "stillmic speaker device" lists them; empty follows the
	// system's default.
	Device string `toml:"device"`
	// Cable is the input that PortAudio records: the recording end of a virtual cable that programs
	// play into.
	Cable string `toml:"cable"`
}

// Talk describes the talk button.
type Talk struct {
	// Mode is off, push-to-talk or push-to-mute.
	Mode control.TalkMode `toml:"mode"`
}

// Idle says what happens while nobody records the virtual microphone.
type Idle struct {
	// Suspend closes the microphone and rests.
	Suspend bool `toml:"suspend"`
	// AfterS is how long nobody must have recorded, in seconds.
	AfterS float64 `toml:"after_s"`
}

// After returns that time, 0 for never.
func (c Idle) After() time.Duration {
	if !c.Suspend {
		return 0
	}
	return time.Duration(c.AfterS * float64(time.Second))
}

// Control says how the daemon can be reached beside its socket.
type Control struct {
	// Listen is the address of the web page, on this machine; empty: a free port while
	// somebody looks at it; "off": no page.
	Listen string `toml:"listen"`
	// MetricsTokenFile holds a token that is good for /metrics alone; empty: none.
	MetricsTokenFile string `toml:"metrics_token_file"`
}

// Log says what is logged and how.
type Log struct {
	Level  string `toml:"level"`  // debug, info, warn or error
	Format string `toml:"format"` // auto, console or json
}

// Default returns what holds where the file says nothing.
func Default() Config {
	return Config{
		Audio:       Audio{Backend: "auto"},
		Output:      Output{Name: "stillmic", Description: "Stillmic Microphone"},
		Suppression: Suppression{Strength: strength.Strong, Latency: control.Latency40, Echo: farend.Auto, Focus: focus.Off},
		Voice:       Voice{Preset: preset.Default},
		Speaker:     Speaker{Strength: strength.Gentle},
		Talk:        Talk{Mode: control.TalkOff},
		Idle:        Idle{Suspend: true, AfterS: 5},
		Log:         Log{Level: "info", Format: "auto"},
	}
}

// Keys lists every key of the configuration but those of rules and earlier names, sorted.
func Keys() []string {
	var keys []string
	t := reflect.TypeFor[Config]()
	for section := range t.Fields() {
		if section.Type.Kind() != reflect.Struct {
			continue // the rules, which are no section
		}
		for field := range section.Type.Fields() {
			if field.Tag.Get("before") == "" {
				keys = append(keys, section.Tag.Get("toml")+"."+field.Tag.Get("toml"))
			}
		}
	}
	sort.Strings(keys)
	return keys
}
