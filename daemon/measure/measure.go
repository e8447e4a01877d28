// Package measure judges recordings: a processed one against the clean one it
// came from, or one alone.
package measure

import (
	"encoding/json"
	"fmt"
	"math"
)

// Decibels is a level or a ratio. One that is infinite or not known is null in
// JSON and "-" in print.
type Decibels float64

// Unknown is a figure that this recording does not give.
func Unknown() Decibels { return Decibels(math.NaN()) }

// Known reports whether d is a number.
func (d Decibels) Known() bool { return !math.IsNaN(float64(d)) && !math.IsInf(float64(d), 0) }

// MarshalJSON implements json.Marshaler, with two digits.
func (d Decibels) MarshalJSON() ([]byte, error) {
	if !d.Known() {
		return []byte("null"), nil
	}
	return json.Marshal(math.Round(float64(d)*100) / 100)
}

// String returns one digit behind the point.
func (d Decibels) String() string {
	switch {
	case math.IsInf(float64(d), 1):
		return "inf"
	case math.IsInf(float64(d), -1):
		return "-inf"
	case math.IsNaN(float64(d)):
		return "-"
	}
	return fmt.Sprintf("%.1f", float64(d))
}
