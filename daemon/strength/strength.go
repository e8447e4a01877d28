// Package strength says how much of the noise may be removed, in dB or by a name.
package strength

import (
	"fmt"
	"strconv"
	"strings"
)

// Limit is an attenuation limit in dB. 0 leaves the signal unchanged, bit by bit.
type Limit float32

// The limits that have a name. From Max (100 dB) on there is none.
const (
	Off    Limit = 0
	Gentle Limit = 12
	Medium Limit = 24
	Strong Limit = 60
	Max    Limit = 100
)

// Allowed says what Parse takes, for help and error messages.
const Allowed = "off, gentle, medium, strong, max or a number of dB from 0 to 100"

// named lists the names in the order people choose from.
var named = []struct {
	name  string
	value Limit
}{{"off", Off}, {"gentle", Gentle}, {"medium", Medium}, {"strong", Strong}, {"max", Max}}

// Names returns the names, the least first.
func Names() []string {
	list := make([]string, len(named))
	for i, n := range named {
		list[i] = n.name
	}
	return list
}

// Check reports what is wrong with a limit that did not come from Parse.
func (l Limit) Check() error {
	if !(l >= Off && l <= Max) {
		return fmt.Errorf("invalid strength \"%g\": use %s", l, Allowed)
	}
	return nil
}

// Parse reads a name or a number of dB ("18", "18 dB").
func Parse(s string) (Limit, error) {
	word := strings.ToLower(strings.TrimSpace(s))
	for _, n := range named {
		if word == n.name {
			return n.value, nil
		}
	}
	number := strings.TrimSpace(strings.TrimSuffix(word, "db"))
	dB, err := strconv.ParseFloat(number, 32)
	if err != nil || Limit(dB).Check() != nil {
		return 0, fmt.Errorf("invalid strength %q: use %s", s, Allowed)
	}
	return Limit(dB), nil
}

// String returns the name, or the number of dB where there is none.
func (l Limit) String() string {
	for _, n := range named {
		if l == n.value {
			return n.name
		}
	}
	return strconv.FormatFloat(float64(l), 'f', -1, 32) + " dB"
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Limit) UnmarshalText(text []byte) error {
	v, err := Parse(string(text))
	if err == nil {
		*l = v
	}
	return err
}

// MarshalText implements encoding.TextMarshaler.
func (l Limit) MarshalText() ([]byte, error) { return []byte(l.String()), nil }
