// Package control is the way to the running daemon: HTTP and JSON over a unix
// socket that only the user can open, the same over 127.0.0.1 for the web page
// while that is open, and the client of both. configs/openapi.yaml describes
// every route.
//
// A POST answers with the state after it. An error is {"error": "..."} with a
// fitting status code.
package control

import (
	"context"
	"errors"
	"io"
	"path/filepath"
)

// Files in the runtime folder. The lock is held for as long as the process
// lives, however it ends.
const (
	socketName = "control.sock"
	lockName   = "control.lock"
	tokenName  = "token"
)

// What can be compared with errors.Is.
var (
	// ErrRunning: another daemon holds the socket.
	ErrRunning = errors.New("stillmic is already running")

	// ErrNoDaemon: nothing answers at the socket.
	ErrNoDaemon = errors.New("stillmic is not running")

	// ErrNotFound: there is no such thing (404).
	ErrNotFound = errors.New("not found")

	// ErrBusy: it is being done already (409).
	ErrBusy = errors.New("busy")

	// ErrPageOff: the configuration forbids the page (403).
	ErrPageOff = errors.New("the control page is off")

	// ErrCode: a one-time code is used up or too old (401).
	ErrCode = errors.New("not a valid code")

	// ErrNotNow: it cannot be done in the present state (503).
	ErrNotNow = errors.New("not possible now")
)

// SocketPath returns the socket's path in a runtime folder.
func SocketPath(dir string) string { return filepath.Join(dir, socketName) }

// TokenPath returns the path of the file that holds the token of the web page.
func TokenPath(dir string) string { return filepath.Join(dir, tokenName) }

// API is what a daemon lets others do. Its methods are called from many
// goroutines. An error is the caller's fault (400) unless it is one of the
// above.
type API interface {
	Status() Status
	Histograms() Histograms

	SetStrength(text string) error
	SetBypass(on bool) error
	SetMute(on bool) error
	SetTalk(change TalkChange) error

	Presets() ([]Preset, error)
	SetPreset(name string) error
	SetVoice(v Voice) error

	Devices() ([]Device, error)
	SetDevice(name string, channel int) error // "" for the system's default; 0 for the channels of the voice
	SetDefault(on bool) error                 // make the virtual microphone the system's default, or give that back
	SetModel(model string) error              // a built-in network's name or a file; "" for what the latency allows
	SetLatency(b LatencyBudget) error
	SetEcho(m EchoMode) error
	SetFocus(m FocusMode) error
	SetSpeaker(c SpeakerChange) error
	Outputs() ([]Output, error) // that sound can be played on

	// PutBack has programs that record a real microphone record the virtual one: those of the
	// names that Status.RawApps has, without any all.
	PutBack(apps []string) error
	// SetWelcomed remembers that the page has shown how to use the microphone.
	SetWelcomed(done bool) error

	Record(seconds float64) error
	Recording() Recording
	RecordingPath(t Track) (string, error)
	DeleteRecording() error

	// VoicePrint tells what may be told of the print of the user's voice, not the print.
	VoicePrint() (VoicePrint, error)
	// Enrol makes it of what the microphone hears until ctx ends, and tells how it goes; at last
	// Done or Failed. fresh has it take the place of the one that is there. ErrBusy if one is made.
	Enrol(ctx context.Context, fresh bool, tell func(Enrolment) error) error
	DeleteVoicePrint() error

	// Listen delivers one side of the microphone, live, until ctx ends.
	Listen(ctx context.Context, t Track, into func(samples []float32) error) error

	// Replay writes the last seconds, a WAV file of raw, clean and removed.
	Replay(w io.Writer) error

	// Clean cleans the recording in, a file, into another in its folder.
	Clean(ctx context.Context, in string, o CleanOptions) (CleanResult, error)

	// Watch has levels and spectra delivered while somebody wants them.
	Watch(what Watched) (stop func())
}

// Watched is where levels and spectra go. They are called by one goroutine.
type Watched struct {
	Meters   func(Meters)   // nil: not wanted
	Spectrum func(Spectrum) // nil: not wanted
	Replay   bool           // the last seconds are to be held
}
