package daemon

import (
	"context"
	"fmt"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/paths"
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

// Pulse is the Backend for PulseAudio and PipeWire.
type Pulse struct {
	Server  string                 // address, "" for the user's own
	Publish audioio.PublishOptions // Dir "" means RuntimeDir
}

// Dial implements Backend.
func (b Pulse) Dial(ctx context.Context) (Server, error) {
	p, err := audioio.DialPulse(ctx, audioio.PulseOptions{Server: b.Server})
	if err != nil {
		return nil, err
	}
	return pulseServer{p, b.Publish}, nil
}

type pulseServer struct {
	*audioio.Pulse
	publish audioio.PublishOptions
}

func (s pulseServer) Describe() string {
	i := s.Pulse.Server()
	return fmt.Sprintf("%s %s", i.Name, i.Version)
}

func (s pulseServer) OpenSource(name string) (Source, error) {
	src, err := s.Pulse.OpenSource(name)
	if err != nil {
		return nil, err // not a nil pointer in an interface
	}
	return src, nil
}

func (s pulseServer) Publish() (Sink, error) {
	o := s.publish
	if o.Dir == "" {
		var err error
		if o.Dir, err = paths.RuntimeDir(); err != nil {
			return nil, err
		}
	}
	m, err := s.Pulse.Publish(o)
	if err != nil {
		return nil, err
	}
	return pulseSink{m}, nil
}

type pulseSink struct{ *audioio.VirtualMic }

func (s pulseSink) Describe() string { return s.Path().String() }
