package voice

import (
	"encoding/json"
	"fmt"
	"math"
)

// Settings are the knobs of a Chain. The zero value changes nothing.
type Settings struct {
	Declip   Level `toml:"declip" json:"declip"`     // repairs clipped peaks, before suppression
	Hum      Level `toml:"hum" json:"hum"`           // removes mains hum, before suppression
	Plosive  Level `toml:"plosive" json:"plosive"`   // rumble and the pops of p and b
	Dereverb Level `toml:"dereverb" json:"dereverb"` // late reverberation
	Breath   Level `toml:"breath" json:"breath"`     // breaths between words
	Click    Level `toml:"click" json:"click"`       // clicks of lips and tongue
	Gate     Level `toml:"gate" json:"gate"`         // lowers pauses further
	DeEss    Level `toml:"deess" json:"deess"`       // sharp s sounds
	Clarity  Level `toml:"clarity" json:"clarity"`   // lifts what makes speech clear
	Leveller Level `toml:"leveller" json:"leveller"` // brings soft and loud voices together

	// TargetLUFS is the loudness the leveller aims at; 0 means DefaultTarget.
	TargetLUFS float64 `toml:"target_lufs" json:"target_lufs"`
	// Limit is the highest true peak that leaves the chain, in dBTP; 0 means
	// DefaultLimit. The limiter works in every chain that does anything.
	Limit float64 `toml:"limit_dbtp" json:"limit_dbtp"`
}

const (
	// DefaultTarget is the loudness of a voice on calls, in LUFS: what
	// conferencing programs themselves level to, within a few LU.
	DefaultTarget = -20.0
	// DefaultLimit leaves what a lossy codec may add to a peak, in dBTP (EBU
	// R 128 recommends it).
	DefaultLimit = -1.0
)

// Fields is what JSON of single settings is decoded into: what is not named stays. It takes
// "room" for dereverb, too, its name before.
func (s *Settings) Fields() any {
	type plain Settings // without UnmarshalJSON
	return &struct {
		*plain
		Room *Level `json:"room"`
	}{(*plain)(s), &s.Dereverb}
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *Settings) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, s.Fields()) }

// Check returns an error that names the setting which is out of range.
func (s Settings) Check() error {
	if t := s.TargetLUFS; t != 0 && !(t >= -40 && t <= -10) {
		return fmt.Errorf("target_lufs is %v; use -40 to -10 LUFS", t)
	}
	if l := s.Limit; math.IsNaN(l) || l > 0 || l < -20 {
		return fmt.Errorf("limit_dbtp is %v; use -20 to 0 dBTP", l)
	}
	return nil
}

// target is the loudness aimed at in LUFS.
func (s Settings) target() float64 {
	if s.TargetLUFS == 0 {
		return DefaultTarget
	}
	return s.TargetLUFS
}

// limit is the ceiling in dBTP.
func (s Settings) limit() float64 {
	if s.Limit == 0 {
		return DefaultLimit
	}
	return s.Limit
}
