package device

import (
	"context"
	"errors"
	"fmt"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/portaudio"
)

// What these can do beyond the interfaces.
var (
	_ audioio.LossCounter   = (*portaudio.Source)(nil)
	_ audioio.StatsReporter = (*portaudio.Sink)(nil)
	_ Cabled                = (*portServer)(nil)
)

// PortAudio is the Backend for systems without a pulse server. It makes no
// virtual microphone, but plays into a virtual cable that is installed.
type PortAudio struct {
	// Cable is the output to play into; empty takes the first known cable.
	Cable string
	// SpeakerCable is the input that stands for Stillmic Speaker: the recording end of another cable,
	// which programs play into.
	SpeakerCable string
}

// Dial implements Backend.
func (b PortAudio) Dial(context.Context) (Server, error) {
	p, err := portaudio.Open()
	if err != nil {
		return nil, err
	}
	return &portServer{p: p, o: b}, nil
}

// portServer is the library between two starts; it has no news of devices, and
// sees those that were there when it was started.
type portServer struct {
	p    *portaudio.Library
	o    PortAudio
	open []interface{ Close() error }
}

func (s *portServer) Describe() string             { return "PortAudio" }
func (s *portServer) Events() <-chan audioio.Event { return nil }

func (s *portServer) Devices() ([]audioio.Device, error) { return s.p.Devices() }

// SetDefaultSource implements Server: the library cannot.
func (s *portServer) SetDefaultSource(string) error {
	return errors.New("the default microphone is chosen in the system's own settings here")
}

// OpenSource implements Server. A device that is missing now is seen by a
// library started anew only, so that is a reason to begin again.
func (s *portServer) OpenSource(name string) (Source, error) {
	d, err := s.Pick(name)
	if errors.Is(err, audioio.ErrNoDevice) {
		return nil, fmt.Errorf("%w (%w)", err, audioio.ErrServerGone)
	}
	if err != nil {
		return nil, err
	}
	src, err := s.p.OpenSource(d.Name)
	if errors.Is(err, audioio.ErrNoDevice) || errors.Is(err, audioio.ErrDeviceGone) {
		return nil, fmt.Errorf("%w (%w)", err, audioio.ErrServerGone)
	}
	if err != nil {
		return nil, err
	}
	s.open = append(s.open, src)
	return portSource{src, d}, nil
}

// Pick implements Server.
func (s *portServer) Pick(name string) (audioio.Device, error) {
	list, err := s.p.Devices()
	if err != nil {
		return audioio.Device{}, err
	}
	return pickInput(list, name, s.o)
}

// Cable implements Cabled.
func (s *portServer) Cable() (string, error) {
	list, err := s.p.Outputs()
	if err != nil {
		return "", err
	}
	return pickCable(list, s.o)
}

// Publish implements Server.
func (s *portServer) Publish() (Sink, error) {
	name, err := s.Cable()
	if err != nil {
		return nil, err
	}
	sink, err := s.p.OpenSink(name)
	if err != nil {
		return nil, err
	}
	s.open = append(s.open, sink)
	return portSink{sink, name}, nil
}

// Close implements Server.
func (s *portServer) Close() error {
	var errs []error
	for _, c := range s.open {
		errs = append(errs, c.Close())
	}
	return errors.Join(append(errs, s.p.Close())...)
}

type portSource struct {
	*portaudio.Source
	device audioio.Device
}

func (s portSource) Device() audioio.Device { return s.device }

type portSink struct {
	*portaudio.Sink
	name string
}

func (s portSink) Name() string     { return s.name }
func (s portSink) Describe() string { return "virtual cable" }

// Listeners is unknown: a cable does not tell.
func (s portSink) Listeners() int { return -1 }
