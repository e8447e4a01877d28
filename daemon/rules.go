package daemon

import (
	"errors"
	"fmt"
	"strings"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/preset"
	"github.com/stillmic/stillmic/daemon/strength"
)

// Rule says what holds while a certain microphone is used, or while a certain
// application records the virtual microphone; with both conditions, while both
// are true. Of several rules the first that holds and says something of a setting
// decides it.
type Rule struct {
	Microphone  string // a part of its name or description, in any case
	Application string // a part of its name or of its program's, in any case

	Strength *strength.Limit // nil leaves it, or is the preset's
	Preset   string          // "" leaves it
	Volume   float64         // to hold the microphone at, in percent as mixers show it; 0 leaves it
}

// fileRule is a Rule as the file writes it.
type fileRule struct {
	Microphone  string  `toml:"microphone"`
	Application string  `toml:"application"`
	Strength    any     `toml:"strength"`
	Preset      string  `toml:"preset"`
	Volume      float64 `toml:"volume"`
}

// parse checks a rule of the file.
func (f fileRule) parse() (r Rule, err error) {
	r = Rule{Microphone: f.Microphone, Application: f.Application, Preset: f.Preset, Volume: f.Volume}
	if r.Microphone == "" && r.Application == "" {
		return r, errors.New("it needs a condition: microphone = \"...\", application = \"...\", or both")
	}
	if f.Strength == nil && r.Preset == "" && r.Volume == 0 {
		return r, errors.New("it changes nothing: give it a strength, a preset or a volume")
	}
	if !(r.Volume >= 0 && r.Volume <= 150) {
		return r, fmt.Errorf("volume = %g is not possible: use 1 to 150 percent", r.Volume)
	}
	if r.Preset != "" {
		p, err := preset.Load(r.Preset)
		if err != nil {
			return r, err
		}
		if f.Strength == nil {
			f.Strength = p.Strength
		}
	}
	if f.Strength != nil {
		s, err := strength.Parse(fmt.Sprint(f.Strength))
		if err != nil {
			return r, err
		}
		r.Strength = &s
	}
	return r, nil
}

// holds says whether the conditions are true.
func (r Rule) holds(mic audioio.Device, apps []audioio.Recorder) bool {
	if r.Microphone != "" && !contains(mic.Name, r.Microphone) && !contains(mic.Description, r.Microphone) {
		return false
	}
	if r.Application == "" {
		return true
	}
	for _, a := range apps {
		if contains(a.Application, r.Application) || contains(a.Program, r.Application) {
			return true
		}
	}
	return false
}

func contains(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// describe tells the condition in words.
func (r Rule) describe() string {
	var list []string
	if r.Application != "" {
		list = append(list, "application "+r.Application)
	}
	if r.Microphone != "" {
		list = append(list, "microphone "+r.Microphone)
	}
	return strings.Join(list, ", ")
}

// verdict is what the rules that hold say together.
type verdict struct {
	strength *strength.Limit
	preset   string
	volume   float64
	reasons  string // the rules, in words
}

// judge asks the rules.
func judge(rules []Rule, mic audioio.Device, apps []audioio.Recorder) (v verdict) {
	var reasons []string
	for _, r := range rules {
		if !r.holds(mic, apps) {
			continue
		}
		used := false
		if v.strength == nil && r.Strength != nil {
			v.strength, used = r.Strength, true
		}
		if v.preset == "" && r.Preset != "" {
			v.preset, used = r.Preset, true
		}
		if v.volume == 0 && r.Volume != 0 {
			v.volume, used = r.Volume, true
		}
		if used {
			reasons = append(reasons, r.describe())
		}
	}
	v.reasons = strings.Join(reasons, "; ")
	return v
}
