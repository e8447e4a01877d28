package control

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/enrol"
	"github.com/stillmic/stillmic/daemon/farend"
	"github.com/stillmic/stillmic/daemon/focus"
	"github.com/stillmic/stillmic/daemon/speaker"
	"github.com/stillmic/stillmic/daemon/voice"
)

// Device is a microphone, as audioio knows it.
type Device = audioio.Device

// MaxChannel is the last channel of a microphone that can be chosen.
const MaxChannel = 32

// CheckChannel says what is wrong with a channel: 1 to MaxChannel, or 0 for those that the voice
// is in.
func CheckChannel(channel int) error {
	if channel < 0 || channel > MaxChannel {
		return fmt.Errorf("invalid channel %d: use 1 to %d, or 0 for the one that the voice is in", channel, MaxChannel)
	}
	return nil
}

// Voice holds the settings of the voice processing. POST /v1/voice changes
// those it names and leaves the others.
type Voice = voice.Settings

// Preset is a named set of strength, focus and voice settings.
type Preset struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Strength    string `json:"strength"`
	Focus       string `json:"focus"` // "": it leaves that
	Voice       Voice  `json:"voice"`
}

// TalkMode says what pressing the talk button does.
type TalkMode string

// The talk modes.
const (
	TalkOff    TalkMode = "off"          // it does nothing
	PushToTalk TalkMode = "push-to-talk" // silent unless pressed
	PushToMute TalkMode = "push-to-mute" // silent while pressed
)

// UnmarshalText implements encoding.TextUnmarshaler, for TOML and JSON.
func (m *TalkMode) UnmarshalText(text []byte) error {
	switch v := TalkMode(text); v {
	case TalkOff, PushToTalk, PushToMute:
		*m = v
		return nil
	}
	return fmt.Errorf("invalid talk mode %q: use off, push-to-talk or push-to-mute", text)
}

// Talk is the talk button.
type Talk struct {
	Mode    TalkMode `json:"mode"`
	Pressed bool     `json:"pressed"`
}

// TalkChange changes what is not nil.
type TalkChange struct {
	Mode    *TalkMode `json:"mode,omitempty"`
	Pressed *bool     `json:"pressed,omitempty"`
}

// Silent reports whether the button mutes the microphone now.
func (t Talk) Silent() bool {
	return t.Mode == PushToTalk && !t.Pressed || t.Mode == PushToMute && t.Pressed
}

// LatencyBudget is the delay that the network may take to clean the microphone, from
// sound in to sound out; devices add theirs.
type LatencyBudget string

// The budgets: with 40 ms the network hears 20 ms ahead and sounds best.
const (
	Latency20 LatencyBudget = "20ms"
	Latency40 LatencyBudget = "40ms"
)

// LatencyBudgets lists them.
var LatencyBudgets = []LatencyBudget{Latency20, Latency40}

// UnmarshalText implements encoding.TextUnmarshaler, for TOML and JSON.
func (b *LatencyBudget) UnmarshalText(text []byte) error {
	switch v := LatencyBudget(text); v {
	case Latency20, Latency40:
		*b = v
		return nil
	}
	return fmt.Errorf("invalid latency %q: use 20ms or 40ms", text)
}

// EchoMode says when the echo of loudspeakers is taken off the microphone.
type EchoMode = farend.Mode

// Echo is what becomes of the echo of loudspeakers.
type Echo struct {
	Mode      EchoMode     `json:"mode"`
	State     farend.State `json:"state"`
	Output    string       `json:"output"`     // description of the output that is listened to, "" for none
	DelayMS   float64      `json:"delay_ms"`   // of the echo after what is played; 0: not found yet
	DriftPPM  float64      `json:"drift_ppm"`  // of the microphone's clock against the output's
	RemovedDB float64      `json:"removed_db"` // by how much the microphone is lowered now
}

// FocusMode says whose voices stay.
type FocusMode = focus.Mode

// Focus is what becomes of others' voices.
type Focus struct {
	Mode   FocusMode   `json:"mode"`
	State  focus.State `json:"state"`
	Reason string      `json:"reason"`               // why it is not used, and the remedy; "": nothing is wrong
	Print  bool        `json:"print"`                // there is a voice print, usable or not
	Since  time.Time   `json:"print_since,omitzero"` // when that was written
	Other  bool        `json:"other"`                // another's voice is being lowered, or was within the last seconds
}

// Output is where sound can be played, as audioio knows it.
type Output = audioio.Output

// Speaker is the virtual output that cleans what others say.
type Speaker struct {
	On         bool          `json:"on"`
	Strength   string        `json:"strength"`
	StrengthDB float64       `json:"strength_db"` // 100: no limit
	Device     string        `json:"device"`      // the output chosen, "": the default
	State      speaker.State `json:"state"`
	Reason     string        `json:"reason"` // for "waiting for server" and "not possible": why
	Cable      string        `json:"cable"`  // input that stands for the virtual output, "": it is our own
	Output     string        `json:"output"` // description of the output that plays
	Apps       []string      `json:"apps"`   // that play
	Loop       string        `json:"loop"`   // description of an output that is not used, since it plays into ours; "": none
	Music      bool          `json:"music"`  // it is left alone
	Passing    bool          `json:"passing"`
	RemovedDB  float64       `json:"removed_db"` // in pauses
	DelayMS    float64       `json:"delay_ms"`
	Hops       uint64        `json:"hops"`
	Missed     uint64        `json:"missed_deadlines"` // hops that took over 10 ms
	Dropped    uint64        `json:"dropped"`          // samples left out to be in time
	Underruns  uint64        `json:"underruns"`
	Restarts   uint64        `json:"restarts"` // of the network, after it failed
}

// SpeakerChange changes what is not nil.
type SpeakerChange struct {
	On       *bool   `json:"on,omitempty"`
	Strength *string `json:"strength,omitempty"` // a name or a number of dB
	Device   *string `json:"device,omitempty"`   // the name of an output, "" for the default
}

// RecordState is what the A/B recorder is doing.
type RecordState string

// The states of the recorder.
const (
	RecordNone   RecordState = "none"      // no recording
	RecordActive RecordState = "recording" // it is being made
	RecordReady  RecordState = "ready"     // it can be fetched
	RecordFailed RecordState = "failed"    // Reason says why
)

// Recording is an A/B recording: the microphone before and after.
type Recording struct {
	State    RecordState `json:"state"`
	Reason   string      `json:"reason,omitempty"`
	Seconds  float64     `json:"seconds"`  // as asked for
	Recorded float64     `json:"recorded"` // so far
	Created  time.Time   `json:"created,omitzero"`
	Expires  time.Time   `json:"expires,omitzero"` // when it is deleted
	Figures  *Figures    `json:"figures,omitempty"`
}

// Figures say what changed between raw and clean, levelling left aside.
type Figures struct {
	NoiseRemovedDB float64 `json:"noise_removed_db"` // level of pauses, raw less clean
	SpeechKeptDB   float64 `json:"speech_kept_db"`   // level of speech, clean less raw; 0: untouched
	NoiseDB        float64 `json:"noise_db"`         // level of pauses in raw, dBFS
	SpeechDB       float64 `json:"speech_db"`        // level of speech in raw, dBFS
	SpeechPercent  float64 `json:"speech_percent"`   // of the time
	LatencyMS      float64 `json:"latency_ms"`
	Lost           int     `json:"lost"` // hops missing because the machine was too busy
}

// Track is one of the three sides of a recording.
type Track string

// The tracks. Removed is raw less clean, levelling left aside.
const (
	TrackRaw     Track = "raw"
	TrackClean   Track = "clean"
	TrackRemoved Track = "removed"
)

// Tracks lists them.
var Tracks = []Track{TrackRaw, TrackClean, TrackRemoved}

// EventKind names a kind of event of /v1/events.
type EventKind string

// The kinds of event.
const (
	EventStatus    EventKind = "status"    // Status, on a change and every second
	EventMeters    EventKind = "meters"    // Meters, 20 times a second
	EventSpectrum  EventKind = "spectrum"  // Spectrum, 20 times a second
	EventLog       EventKind = "log"       // LogEntry; a new subscriber gets the last ones first
	EventHistogram EventKind = "histogram" // Histograms, every second
)

// EventKinds lists them.
var EventKinds = []EventKind{EventStatus, EventMeters, EventSpectrum, EventLog, EventHistogram}

// Event is one event; Data is JSON as its kind says.
type Event struct {
	Kind EventKind
	Data json.RawMessage
}

// Meters are levels over the last 50 ms in dB re full scale, -100 at least.
type Meters struct {
	InputDB     float64 `json:"input_db"`
	OutputDB    float64 `json:"output_db"`
	Speech      float64 `json:"speech"`       // probability, 0 to 1
	ReductionDB float64 `json:"reduction_db"` // removed in pauses
}

// Bands is the number of bands of a Spectrum.
const Bands = 64

// Spectrum is the level of each band, in dB re a full-scale sine. The bands
// are spaced by the mel scale from 0 to 24 kHz.
type Spectrum struct {
	Before [Bands]float64 `json:"before"`
	After  [Bands]float64 `json:"after"`
}

// LogEntry is one line of the log.
type LogEntry struct {
	Time    time.Time `json:"time"`
	Level   string    `json:"level"`
	Message string    `json:"message"` // with its fields
}

// Histogram counts values between edges: Counts[i] those from Edges[i] up to
// Edges[i+1], the last those from the last edge on.
type Histogram struct {
	Edges  []float64 `json:"edges"`
	Counts []uint64  `json:"counts"`
}

// Histograms are counted since the start of the daemon.
type Histograms struct {
	FrameUS   Histogram `json:"frame_us"`   // time per hop of 10 ms
	LatencyMS Histogram `json:"latency_ms"` // the whole delay, once per second
}

// VoicePrint is what is told of the print of the user's voice; the print itself never is.
type VoicePrint = enrol.Facts

// Enrolment is how far an enrolment is.
type Enrolment = enrol.Progress

// eventEnrolment is the kind of the events of POST /v1/voiceprint.
const eventEnrolment EventKind = "enrolment"
