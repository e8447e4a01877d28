// Package focus owns whose voices the microphone keeps: it gives the engine what lowers the others,
// and takes that back where it cannot be had.
//
// A [Keeper] hears of another mode, and looks at the voice print about once a second. What it makes
// of the two is the engine's from then on.
package focus

import (
	"fmt"
	"slices"
	"time"
)

// Mode says whose voices stay.
type Mode string

// The modes.
const (
	Off  Mode = "off"  // everybody's
	Near Mode = "near" // those that are not farther from the microphone than the speaker's
	Me   Mode = "me"   // the one of the voice print
)

// Modes lists them.
var Modes = []Mode{Off, Near, Me}

// UnmarshalText implements encoding.TextUnmarshaler, for TOML and JSON.
func (m *Mode) UnmarshalText(text []byte) error {
	if v := Mode(text); slices.Contains(Modes, v) {
		*m = v
		return nil
	}
	return fmt.Errorf("invalid focus %q: use off, near or me", text)
}

// State is what becomes of a mode.
type State string

// The states.
const (
	Unused   State = "off"
	Working  State = "working"
	NoPrint  State = "no voice print"
	BadPrint State = "voice print not usable" // damaged, or another version's
	Failed   State = "failed"
)

// Status is what is known of the focus.
type Status struct {
	State  State
	Reason string    // why it is not used, and the remedy; "" where it is, or is not wanted
	Since  time.Time // when the voice print was written, usable or not; zero: there is none
	Other  bool      // a voice is being lowered, or was within the last seconds
}
