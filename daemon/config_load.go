package daemon

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/daemon/voice"
)

// LoadConfig reads a file over the defaults. A file that is not there is an
// error only if must is set. Unknown keys and bad values are refused with the
// file, the line and what is allowed.
func LoadConfig(path string, must bool) (Config, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !must {
		return DefaultConfig(), nil
	}
	if err != nil {
		return Config{}, fmt.Errorf("read the configuration: %w", err)
	}
	return parseConfig(path, text)
}

// fileConfig is Config as the file may write it: a strength is a name or a
// number.
type fileConfig struct {
	Audio       *AudioConfig      `toml:"audio"`
	Microphone  *MicrophoneConfig `toml:"microphone"`
	Output      *OutputConfig     `toml:"output"`
	Suppression struct {
		Strength any                    `toml:"strength"`
		Bypass   *bool                  `toml:"bypass"`
		Latency  *control.LatencyBudget `toml:"latency"`
		Model    *string                `toml:"model"`
	} `toml:"suppression"`
	Voice   *VoiceConfig   `toml:"voice"`
	Talk    *TalkConfig    `toml:"talk"`
	Idle    *IdleConfig    `toml:"idle"`
	Control *ControlConfig `toml:"control"`
	Log     *LogConfig     `toml:"log"`
	Rule    []fileRule     `toml:"rule"`
}

func parseConfig(path string, text []byte) (Config, error) {
	c := DefaultConfig()
	f := fileConfig{Audio: &c.Audio, Microphone: &c.Microphone, Output: &c.Output, Idle: &c.Idle, Voice: &c.Voice, Talk: &c.Talk, Control: &c.Control, Log: &c.Log}
	f.Suppression.Strength = c.Suppression.Strength.String()
	f.Suppression.Bypass, f.Suppression.Model, f.Suppression.Latency = &c.Suppression.Bypass, &c.Suppression.Model, &c.Suppression.Latency
	d := toml.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return Config{}, explainTOML(path, err)
	}
	var err error
	if c.Suppression.Strength, err = strength.Parse(fmt.Sprint(f.Suppression.Strength)); err != nil {
		return Config{}, at(path, text, "suppression.strength", err)
	}
	for i, r := range f.Rule {
		rule, err := r.parse()
		if err != nil {
			return Config{}, fmt.Errorf("%s: rule %d: %w", path, i+1, err)
		}
		c.Rules = append(c.Rules, rule)
	}
	for _, check := range configChecks {
		if err := check.check(&c); err != nil {
			return Config{}, at(path, text, check.key, err)
		}
	}
	return c, nil
}

// explainTOML says where in the file an error of the decoder is.
func explainTOML(path string, err error) error {
	var unknown *toml.StrictMissingError
	var bad *toml.DecodeError
	switch {
	case errors.As(err, &unknown) && len(unknown.Errors) > 0:
		first := unknown.Errors[0]
		line, _ := first.Position()
		return fmt.Errorf("%s:%d: unknown key %s: known are %s", path, line, strings.Join(first.Key(), "."), strings.Join(ConfigKeys(), ", "))
	case errors.As(err, &bad):
		line, _ := bad.Position()
		key := ""
		if k := bad.Key(); len(k) > 0 {
			key = strings.Join(k, ".") + ": "
		}
		return fmt.Errorf("%s:%d: %s%s", path, line, key, strings.TrimPrefix(bad.Error(), "toml: "))
	}
	return fmt.Errorf("%s: %w", path, err)
}

// configChecks are the keys not every value is right for.
var configChecks = []struct {
	key   string
	check func(*Config) error
}{
	{"audio.backend", func(c *Config) error { return oneOf(c.Audio.Backend, "auto", "pulse", "portaudio") }},
	{"output.name", func(c *Config) error { return checkName(c.Output.Name) }},
	{"output.description", func(c *Config) error { return checkDescription(c.Output.Description) }},
	{"suppression.latency", func(c *Config) error {
		return new(control.LatencyBudget).UnmarshalText([]byte(c.Suppression.Latency))
	}},
	{"voice.preset", func(c *Config) error {
		_, _, err := VoiceConfig{Preset: c.Voice.Preset}.settings()
		return err
	}},
	{"voice.target_lufs", func(c *Config) error { return voice.Settings{TargetLUFS: c.Voice.TargetLUFS}.Check() }},
	{"voice.limit_dbtp", func(c *Config) error { return voice.Settings{Limit: c.Voice.Limit}.Check() }},
	// The decoder of TOML does not ask a kind of string for its UnmarshalText.
	{"talk.mode", func(c *Config) error { return new(control.TalkMode).UnmarshalText([]byte(c.Talk.Mode)) }},
	{"idle.after_s", func(c *Config) error {
		if !(c.Idle.AfterS >= 0.5 && c.Idle.AfterS <= 86400) {
			return fmt.Errorf("%g s is not possible: use 0.5 to 86400, or suspend = false", c.Idle.AfterS)
		}
		return nil
	}},
	{"control.listen", func(c *Config) error {
		if c.Control.Listen == "" {
			return nil
		}
		return control.CheckListen(c.Control.Listen)
	}},
	{"log.level", func(c *Config) error { return oneOf(c.Log.Level, "debug", "info", "warn", "error") }},
	{"log.format", func(c *Config) error { return oneOf(c.Log.Format, "auto", "console", "json") }},
}

func oneOf(value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("%q is not allowed: use %s", value, strings.Join(allowed, ", "))
}

// checkName takes what a sound server takes without quotes.
func checkName(s string) error {
	if s == "" {
		return errors.New("the name is empty")
	}
	for _, c := range s {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.') {
			return fmt.Errorf("%q is no device name: use letters, digits, '_', '-' and '.'", s)
		}
	}
	return nil
}

func checkDescription(s string) error {
	if s == "" || strings.ContainsAny(s, "'\"\\\n") {
		return fmt.Errorf("%q is no description: use a text without quotes, backslashes and line breaks", s)
	}
	return nil
}

// at puts the place of a key before an error.
func at(path string, text []byte, key string, err error) error {
	return fmt.Errorf("%s:%d: %s: %w", path, lineOf(text, key), key, err)
}

// lineOf finds the line in which the value of a key is set, 1 if it is not.
func lineOf(text []byte, key string) int {
	var p unstable.Parser
	p.Reset(text)
	table := ""
	for p.NextExpression() {
		e := p.Expression()
		var parts []string
		offset := uint32(0)
		for it := e.Key(); it.Next(); {
			parts = append(parts, string(it.Node().Data))
			offset = it.Node().Raw.Offset
		}
		name := strings.Join(parts, ".")
		if e.Kind == unstable.Table {
			table = name + "."
			continue
		}
		// An inline table holds keys further down.
		if full := table + name; full == key || strings.HasPrefix(key, full+".") {
			return 1 + bytes.Count(text[:offset], []byte("\n"))
		}
	}
	return 1
}
