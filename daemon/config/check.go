package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/voice"
)

// checks are the keys not every value is right for.
var checks = []struct {
	key   string
	check func(*Config) error
}{
	{"audio.backend", func(c *Config) error { return oneOf(c.Audio.Backend, "auto", "pulse", "portaudio") }},
	{"microphone.channel", func(c *Config) error { return control.CheckChannel(c.Microphone.Channel) }},
	{"output.name", func(c *Config) error { return checkName(c.Output.Name) }},
	{"output.description", func(c *Config) error { return checkDescription(c.Output.Description) }},
	// The decoder of TOML asks a kind of number for its UnmarshalText only where the file
	// has a text, and a kind of string never.
	{"suppression.strength", func(c *Config) error { return c.Suppression.Strength.Check() }},
	{"suppression.latency", func(c *Config) error {
		return new(control.LatencyBudget).UnmarshalText([]byte(c.Suppression.Latency))
	}},
	{"suppression.echo", func(c *Config) error {
		return new(control.EchoMode).UnmarshalText([]byte(c.Suppression.Echo))
	}},
	{"suppression.focus", func(c *Config) error {
		return new(control.FocusMode).UnmarshalText([]byte(c.Suppression.Focus))
	}},
	{"suppression.on_battery", func(c *Config) error { return oneOf(c.Suppression.OnBattery, "", "light", "small") }},
	{"voice.preset", func(c *Config) error {
		_, _, err := Voice{Preset: c.Voice.Preset}.Settings()
		return err
	}},
	{"voice.target_lufs", func(c *Config) error { return voice.Settings{TargetLUFS: c.Voice.TargetLUFS}.Check() }},
	{"voice.limit_dbtp", func(c *Config) error { return voice.Settings{Limit: c.Voice.Limit}.Check() }},
	{"speaker.strength", func(c *Config) error { return c.Speaker.Strength.Check() }},
	{"talk.mode", func(c *Config) error { return new(control.TalkMode).UnmarshalText([]byte(c.Talk.Mode)) }},
	{"idle.after_s", func(c *Config) error {
		if !(c.Idle.AfterS >= 0.5 && c.Idle.AfterS <= 86400) {
			return fmt.Errorf("%g s is not possible: use 0.5 to 86400, or suspend = false", c.Idle.AfterS)
		}
		return nil
	}},
	{"control.listen", func(c *Config) error {
		if c.Control.Listen == "" || c.Control.Listen == control.PageOff {
			return nil
		}
		return control.CheckListen(c.Control.Listen)
	}},
	{"control.metrics_token_file", func(c *Config) error {
		if at := c.Control.Listen; c.Control.MetricsTokenFile != "" && (at == "" || at == control.PageOff) {
			return errors.New(`set listen, too, like "127.0.0.1:8765": Prometheus needs an address that stays`)
		}
		return nil
	}},
	{"log.level", func(c *Config) error { return oneOf(c.Log.Level, "debug", "info", "warn", "error") }},
	{"log.format", func(c *Config) error { return oneOf(c.Log.Format, "auto", "console", "json") }},
}

func oneOf(value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("invalid value %q: use %s", value, strings.Join(allowed, ", "))
}

// checkName takes what a sound server takes without quotes.
func checkName(s string) error {
	if s == "" {
		return errors.New("the name is empty")
	}
	for _, c := range s {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.') {
			return fmt.Errorf("invalid device name %q: use letters, digits, '_', '-' and '.'", s)
		}
	}
	return nil
}

func checkDescription(s string) error {
	if s == "" || strings.ContainsAny(s, "'\"\\\n") {
		return fmt.Errorf("invalid description %q: use a text without quotes, backslashes and line breaks", s)
	}
	return nil
}
