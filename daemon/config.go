package daemon

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"sort"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Config is the configuration file, configs/stillmic.toml with its defaults.
type Config struct {
	Microphone  MicrophoneConfig  `toml:"microphone"`
	Output      OutputConfig      `toml:"output"`
	Suppression SuppressionConfig `toml:"suppression"`
	Log         LogConfig         `toml:"log"`
}

// MicrophoneConfig chooses what is recorded.
type MicrophoneConfig struct {
	// Device is the name of the microphone as "stillmic devices" lists it;
	// empty follows the system's default.
	Device string `toml:"device"`
}

// OutputConfig describes the virtual microphone.
type OutputConfig struct {
	Name        deviceName  `toml:"name"`
	Description description `toml:"description"`
}

// SuppressionConfig says how noise is removed.
type SuppressionConfig struct {
	Strength Strength `toml:"strength"`
	Bypass   bool     `toml:"bypass"`
	// Model is a file that replaces the network within the program.
	Model string `toml:"model"`
}

// LogConfig says what is logged and how.
type LogConfig struct {
	Level  LogLevel  `toml:"level"`
	Format LogFormat `toml:"format"`
}

// LogLevel is debug, info, warn or error.
type LogLevel string

// LogFormat is auto, console or json.
type LogFormat string

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *LogLevel) UnmarshalText(b []byte) error {
	return oneOf((*string)(l), string(b), "debug", "info", "warn", "error")
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (f *LogFormat) UnmarshalText(b []byte) error {
	return oneOf((*string)(f), string(b), "auto", "console", "json")
}

func oneOf(dst *string, value string, allowed ...string) error {
	for _, a := range allowed {
		if value == a {
			*dst = value
			return nil
		}
	}
	return fmt.Errorf("%q is not allowed: use %s", value, strings.Join(allowed, ", "))
}

// deviceName is a name that a sound server takes without quotes.
type deviceName string

// UnmarshalText implements encoding.TextUnmarshaler.
func (n *deviceName) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		return errors.New("the name is empty")
	}
	for _, c := range b {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.') {
			return fmt.Errorf("%q is no device name: use letters, digits, '_', '-' and '.'", b)
		}
	}
	*n = deviceName(b)
	return nil
}

// description is a text for people.
type description string

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *description) UnmarshalText(b []byte) error {
	if len(b) == 0 || bytes.ContainsAny(b, "'\"\\\n") {
		return fmt.Errorf("%q is no description: use a text without quotes, backslashes and line breaks", b)
	}
	*d = description(b)
	return nil
}

// DefaultConfig returns what holds where the file says nothing.
func DefaultConfig() Config {
	return Config{
		Output:      OutputConfig{Name: "stillmic", Description: "Stillmic Microphone"},
		Suppression: SuppressionConfig{Strength: Strong},
		Log:         LogConfig{Level: "info", Format: "auto"},
	}
}

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

func parseConfig(path string, text []byte) (Config, error) {
	c := DefaultConfig()
	d := toml.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(&c)
	var unknown *toml.StrictMissingError
	var bad *toml.DecodeError
	switch {
	case errors.As(err, &unknown) && len(unknown.Errors) > 0:
		first := unknown.Errors[0]
		line, _ := first.Position()
		return Config{}, fmt.Errorf("%s:%d: unknown key %s: known are %s", path, line, strings.Join(first.Key(), "."), strings.Join(ConfigKeys(), ", "))
	case errors.As(err, &bad):
		line, _ := bad.Position()
		return Config{}, fmt.Errorf("%s:%d: %s%s", path, line, keyOf(bad), strings.TrimPrefix(bad.Error(), "toml: "))
	case err != nil:
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// keyOf names the key an error is about, if it is about one.
func keyOf(err *toml.DecodeError) string {
	if key := err.Key(); len(key) > 0 {
		return strings.Join(key, ".") + ": "
	}
	return ""
}

// ConfigKeys lists every key of the configuration, sorted.
func ConfigKeys() []string {
	var keys []string
	t := reflect.TypeFor[Config]()
	for i := range t.NumField() {
		section := t.Field(i)
		for j := range section.Type.NumField() {
			keys = append(keys, section.Tag.Get("toml")+"."+section.Type.Field(j).Tag.Get("toml"))
		}
	}
	sort.Strings(keys)
	return keys
}
