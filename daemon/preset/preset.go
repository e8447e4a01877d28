// Package preset reads the bundles of settings that have a name: call, office, podcast,
// interview, transcribe, gentle, max. They are the files of configs/presets,
// which the program carries within itself.
package preset

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/stillmic/stillmic/configs"
	"github.com/stillmic/stillmic/daemon/focus"
	"github.com/stillmic/stillmic/daemon/voice"
)

// Default is the preset of the live microphone where nobody chose another.
const Default = "call"

// Preset is one bundle of settings.
type Preset struct {
	Name        string `toml:"-" json:"name"`
	Description string `toml:"description" json:"description"` // one line for people

	// Strength is how much noise may be removed, as "stillmic run --strength"
	// takes it.
	Strength string `toml:"strength" json:"strength"`
	// Loudness is what a recording is normalised to in LUFS; 0 leaves it. The
	// live microphone cannot know its whole loudness, it has the leveller.
	Loudness float64 `toml:"loudness" json:"loudness"`
	// Focus is whose voices stay; "" leaves that.
	Focus focus.Mode `toml:"focus" json:"focus"`
	// Voice is the sound after suppression.
	Voice voice.Settings `toml:"voice" json:"voice"`
}

// order is from the mildest purpose to the strongest, as people choose.
var order = []string{"call", "office", "podcast", "interview", "transcribe", "gentle", "max"}

// Names returns the names of all presets in the order people choose from.
func Names() []string { return slices.Clone(order) }

// Load returns the preset of that name. An unknown name is an error that lists
// the known ones.
func Load(name string) (Preset, error) {
	if !slices.Contains(order, name) {
		return Preset{}, fmt.Errorf("invalid preset %q: use %s", name, strings.Join(order, ", "))
	}
	file := path.Join("presets", name+".toml")
	text, err := configs.Presets.ReadFile(file)
	if err != nil {
		return Preset{}, fmt.Errorf("read the preset %s: %w", name, err)
	}
	p := Preset{Name: name}
	d := toml.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return Preset{}, fmt.Errorf("read the preset %s: %w", file, err)
	}
	if err := p.Voice.Check(); err != nil {
		return Preset{}, fmt.Errorf("read the preset %s: %w", file, err)
	}
	// The decoder asks no kind of string for its UnmarshalText.
	if p.Focus != "" {
		if err := new(focus.Mode).UnmarshalText([]byte(p.Focus)); err != nil {
			return Preset{}, fmt.Errorf("read the preset %s: %w", file, err)
		}
	}
	return p, nil
}
