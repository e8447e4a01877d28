package daemon

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Strength is how much of the noise may be removed: an attenuation limit in
// dB. 0 leaves the signal as it is, bit by bit.
type Strength float32

// The strengths that have a name. From Max (100 dB) on there is no limit.
const (
	Off    Strength = 0
	Gentle Strength = 12
	Medium Strength = 24
	Strong Strength = 40
	Max    Strength = 100
)

// StrengthNames says what ParseStrength takes, for help and error messages.
const StrengthNames = "off, gentle, medium, strong, max or a number of dB from 0 to 100"

// names in the order people choose from.
var strengthNames = []struct {
	name  string
	value Strength
}{{"off", Off}, {"gentle", Gentle}, {"medium", Medium}, {"strong", Strong}, {"max", Max}}

// ParseStrength reads a name or a number of dB ("18", "18 dB").
func ParseStrength(s string) (Strength, error) {
	word := strings.ToLower(strings.TrimSpace(s))
	for _, n := range strengthNames {
		if word == n.name {
			return n.value, nil
		}
	}
	number := strings.TrimSpace(strings.TrimSuffix(word, "db"))
	dB, err := strconv.ParseFloat(number, 32)
	if err != nil || math.IsNaN(dB) || dB < 0 || dB > float64(Max) {
		return 0, fmt.Errorf("%q is no strength: allowed are %s", s, StrengthNames)
	}
	return Strength(dB), nil
}

// String returns the name, or the number of dB where there is none.
func (s Strength) String() string {
	for _, n := range strengthNames {
		if s == n.value {
			return n.name
		}
	}
	return strconv.FormatFloat(float64(s), 'f', -1, 32) + " dB"
}

// UnmarshalText implements encoding.TextUnmarshaler for the configuration file.
func (s *Strength) UnmarshalText(text []byte) error {
	v, err := ParseStrength(string(text))
	if err == nil {
		*s = v
	}
	return err
}

// MarshalText implements encoding.TextMarshaler.
func (s Strength) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
