// Package device reaches the audio devices of a system, through PulseAudio and PipeWire
// or through PortAudio.
package device

import (
	"context"

	"github.com/stillmic/stillmic/audioio"
)

// Backend reaches a system's audio devices.
type Backend interface {
	// Dial connects; an error that is audioio.ErrNoServer means that nothing
	// answers now and may later.
	Dial(ctx context.Context) (Server, error)
}

// Server is a connection to audio devices. After an error that is
// audioio.ErrServerGone it is of no more use and is closed.
type Server interface {
	// Describe names the server for people.
	Describe() string
	// OpenSource records a device, the default microphone for "".
	OpenSource(name string) (Source, error)
	// Pick returns the device that OpenSource would record, and opens none.
	Pick(name string) (audioio.Device, error)
	// Publish makes the virtual microphone.
	Publish() (Sink, error)
	// Devices lists what can be recorded.
	Devices() ([]audioio.Device, error)
	// SetDefaultSource makes a microphone the system's default.
	SetDefaultSource(name string) error
	// Events tells of changes; it is closed when the server is gone.
	Events() <-chan audioio.Event
	// Close takes back all that was opened and published.
	Close() error
}

// Cabled is a Server without a virtual microphone of its own: it plays into a virtual cable.
type Cabled interface {
	// Cable returns the output that Publish plays into.
	Cable() (name string, err error)
}

// Source is an open microphone.
type Source interface {
	audioio.Source
	Device() audioio.Device
}

// Sink is the published microphone.
type Sink interface {
	audioio.Sink
	Name() string     // on the server
	Describe() string // the way audio takes
	Listeners() int   // programs that record it, -1 if unknown
}
