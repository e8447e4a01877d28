package voice

import "fmt"

// Level is how far a knob of the chain is turned.
type Level uint8

// The positions of every knob.
const (
	Off Level = iota
	Light
	Strong
)

// LevelNames says what ParseLevel takes, for help and error messages.
const LevelNames = "off, light or strong"

var levelNames = [...]string{"off", "light", "strong"}

// ParseLevel reads the name of a level.
func ParseLevel(s string) (Level, error) {
	for i, name := range levelNames {
		if s == name {
			return Level(i), nil
		}
	}
	return Off, fmt.Errorf("invalid level %q: use %s", s, LevelNames)
}

// String returns the level's name.
func (l Level) String() string {
	if int(l) >= len(levelNames) {
		return fmt.Sprintf("Level(%d)", uint8(l))
	}
	return levelNames[l]
}

// UnmarshalText implements encoding.TextUnmarshaler: TOML and JSON write a level
// as its name.
func (l *Level) UnmarshalText(text []byte) error {
	v, err := ParseLevel(string(text))
	if err == nil {
		*l = v
	}
	return err
}

// MarshalText implements encoding.TextMarshaler.
func (l Level) MarshalText() ([]byte, error) {
	if int(l) >= len(levelNames) {
		return nil, fmt.Errorf("voice: no level %d", uint8(l))
	}
	return []byte(l.String()), nil
}
