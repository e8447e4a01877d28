package enrol

import (
	"time"

	"github.com/stillmic/stillmic/model/voiceprint"
)

// State is how far an enrolment is.
type State string

// The states of an enrolment.
const (
	Listening State = "listening"
	Done      State = "done"   // the print is kept
	Failed    State = "failed" // Reason says why; nothing is kept
)

// Hint is what the one who reads should know.
type Hint string

// The hints, what matters most first.
const (
	SayMuted   Hint = "muted"    // nothing is heard until the microphone is on
	SayNoSound Hint = "no-sound" // nothing comes from the microphone
	SayLoud    Hint = "loud"     // it clips
	SayNoise   Hint = "noise"    // what else is heard is too loud
	SaySoft    Hint = "soft"
	SaySeveral Hint = "several" // more than one person seems to speak
	SayRead    Hint = "read"    // nobody speaks
	SayFine    Hint = ""
)

// Hints lists them.
var Hints = []Hint{SayMuted, SayNoSound, SayLoud, SayNoise, SaySoft, SaySeveral, SayRead, SayFine}

// Quality is how good a print is.
type Quality string

// The qualities.
const (
	Good Quality = "good"
	Fair Quality = "fair"
	Poor Quality = "poor"
)

// Progress is what an enrolment says ten times a second.
type Progress struct {
	State   State   `json:"state"`
	Seconds float64 `json:"seconds"`  // of speech that was heard
	Wanted  float64 `json:"wanted"`   // until it ends by itself
	LevelDB float64 `json:"level_db"` // of the microphone now, re full scale, -100 at least
	Hint    Hint    `json:"hint"`
	Reason  string  `json:"reason,omitempty"`
	Result  *Result `json:"result,omitempty"` // of Done
}

// Result is what came of an enrolment.
type Result struct {
	Alike   float64 `json:"alike"`   // how much the halves of what was heard resemble each other, 1 at most
	Quality Quality `json:"quality"` // of what was heard
	Several float64 `json:"several"` // how sure it is that several people spoke, 0 to 1
	Added   bool    `json:"added"`   // to the print that was there
	Print   Facts   `json:"print"`
}

// Facts are what is told of a print. Nobody is recognised by them.
type Facts struct {
	Enrolled bool      `json:"enrolled"`
	Problem  string    `json:"problem,omitempty"` // why the print that is there is of no use
	Since    time.Time `json:"since,omitzero"`    // of the last enrolment
	Seconds  float64   `json:"seconds"`           // of speech
	Times    int       `json:"times"`             // enrolments, through several microphones say
	Quality  Quality   `json:"quality,omitempty"`
}

// qualityOf judges a print by how much its halves resemble each other, and by its length.
func qualityOf(p *voiceprint.Print) Quality {
	switch {
	case p.Halves == 0: // not known of older prints
		return Fair
	case p.Halves < fairHalves:
		return Poor
	case p.Halves < goodHalves || p.Seconds < voiceprint.GoodSeconds/2:
		return Fair
	}
	return Good
}
