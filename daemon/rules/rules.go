// Package rules decides what holds while a certain microphone is used, or while a
// certain application records the virtual microphone.
package rules

import (
	"errors"
	"fmt"
	"strings"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/focus"
	"github.com/stillmic/stillmic/daemon/preset"
	"github.com/stillmic/stillmic/daemon/strength"
)

// Rule changes settings while its condition holds: a microphone, an application, or
// both at once. Of several rules the first that holds and says something of a setting
// decides it.
type Rule struct {
	Microphone  string `toml:"microphone"`  // a part of its name or description, in any case
	Application string `toml:"application"` // a part of its name or of its program's, in any case

	Strength *strength.Limit `toml:"strength"` // nil: the preset's, or unchanged
	Preset   string          `toml:"preset"`   // "": unchanged
	Volume   float64         `toml:"volume"`   // of the microphone in percent, as mixers show it; 0: unchanged
	Focus    *focus.Mode     `toml:"focus"`    // whose voices stay; nil: the preset's, or unchanged

	// Of Stillmic Speaker; nil: unchanged.
	Speaker         *bool           `toml:"speaker"`
	SpeakerStrength *strength.Limit `toml:"speaker_strength"`
	SpeakerDevice   *string         `toml:"speaker_device"` // "": the default output
}

// Check reports what is wrong with a rule.
func (r Rule) Check() error {
	if r.Microphone == "" && r.Application == "" {
		return errors.New("it needs a condition: microphone = \"...\", application = \"...\", or both")
	}
	if r.Strength == nil && r.Preset == "" && r.Volume == 0 && r.Focus == nil && r.speaker() == (Speaker{}) {
		return errors.New("it changes nothing: give it a strength, a preset, a volume, a focus, or something of the speaker")
	}
	if r.Strength != nil {
		if err := r.Strength.Check(); err != nil {
			return err
		}
	}
	if r.Focus != nil {
		if err := new(focus.Mode).UnmarshalText([]byte(*r.Focus)); err != nil {
			return err
		}
	}
	if r.SpeakerStrength != nil {
		if err := r.SpeakerStrength.Check(); err != nil {
			return fmt.Errorf("speaker_strength: %w", err)
		}
	}
	if !(r.Volume >= 0 && r.Volume <= 150) {
		return fmt.Errorf("volume = %g is not possible: use 1 to 150 percent", r.Volume)
	}
	if r.Preset != "" {
		p, err := preset.Load(r.Preset)
		if err != nil {
			return err
		}
		if _, err := presetStrength(p); err != nil {
			return fmt.Errorf("preset %s: %w", r.Preset, err)
		}
	}
	return nil
}

// presetStrength returns the strength of a preset, nil for one that leaves it.
func presetStrength(p preset.Preset) (*strength.Limit, error) {
	if p.Strength == "" {
		return nil, nil
	}
	l, err := strength.Parse(p.Strength)
	return &l, err
}

// strength returns what a rule sets: its own strength, or that of its preset.
func (r Rule) strength() *strength.Limit {
	if r.Strength != nil || r.Preset == "" {
		return r.Strength
	}
	p, err := preset.Load(r.Preset)
	if err != nil {
		return nil // Check refuses it
	}
	l, err := presetStrength(p)
	if err != nil {
		return nil
	}
	return l
}

// focus returns what a rule sets: its own focus, or that of its preset, which is told apart.
func (r Rule) focus() (m *focus.Mode, ofPreset bool) {
	if r.Focus != nil || r.Preset == "" {
		return r.Focus, false
	}
	p, err := preset.Load(r.Preset)
	if err != nil || p.Focus == "" { // Check refuses an unknown one
		return nil, false
	}
	return &p.Focus, true
}

// speaker returns what a rule sets of the virtual output.
func (r Rule) speaker() Speaker { return Speaker{r.Speaker, r.SpeakerStrength, r.SpeakerDevice} }

// holds reports whether the conditions are true.
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

// String tells the condition in words.
func (r Rule) String() string {
	var list []string
	if r.Application != "" {
		list = append(list, "application "+r.Application)
	}
	if r.Microphone != "" {
		list = append(list, "microphone "+r.Microphone)
	}
	return strings.Join(list, ", ")
}

// Verdict is what the rules that hold say together.
type Verdict struct {
	Strength *strength.Limit // nil: nothing
	Preset   string          // "": nothing
	Volume   float64         // of the microphone in percent; 0: nothing
	Focus    *focus.Mode     // nil: nothing
	OfPreset bool            // the focus is that of a rule's preset
	Speaker  Speaker
	Reasons  string // the rules, in words
}

// Speaker is what rules say of the virtual output; nil: nothing.
type Speaker struct {
	On       *bool
	Strength *strength.Limit
	Device   *string
}

// fill takes over what is not said yet, and reports whether there is something.
func (s *Speaker) fill(from Speaker) (used bool) {
	take(&s.On, from.On, &used)
	take(&s.Strength, from.Strength, &used)
	take(&s.Device, from.Device, &used)
	return used
}

func take[T any](to **T, from *T, used *bool) {
	if *to == nil && from != nil {
		*to, *used = from, true
	}
}

// same reports whether two say the same.
func same[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

// Equal reports whether two verdicts say the same of all but the volume, for the same reasons.
func (v Verdict) Equal(w Verdict) bool {
	a, b := v.Speaker, w.Speaker
	return same(v.Strength, w.Strength) && same(v.Focus, w.Focus) && v.Preset == w.Preset && v.Reasons == w.Reasons &&
		same(a.On, b.On) && same(a.Strength, b.Strength) && same(a.Device, b.Device)
}

// Evaluate asks the rules about a microphone and the applications that record.
func Evaluate(rules []Rule, mic audioio.Device, apps []audioio.Recorder) (v Verdict) {
	var reasons []string
	for _, r := range rules {
		if !r.holds(mic, apps) {
			continue
		}
		used := false
		if l := r.strength(); v.Strength == nil && l != nil {
			v.Strength, used = l, true
		}
		if v.Preset == "" && r.Preset != "" {
			v.Preset, used = r.Preset, true
		}
		if v.Volume == 0 && r.Volume != 0 {
			v.Volume, used = r.Volume, true
		}
		if m, ofPreset := r.focus(); v.Focus == nil && m != nil {
			v.Focus, v.OfPreset, used = m, ofPreset, true
		}
		if v.Speaker.fill(r.speaker()) {
			used = true
		}
		if used {
			reasons = append(reasons, r.String())
		}
	}
	v.Reasons = strings.Join(reasons, "; ")
	return v
}
