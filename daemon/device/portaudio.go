package device

import (
	"context"
	"errors"
	"fmt"
	"strings"

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

// cables are parts of the names of virtual cables: the end that is played into
// on Windows, macOS, and what both ends have in common on Windows.
var cables = []string{"cable input", "blackhole", "vb-audio"}

// isCable reports whether a device is an end of a virtual cable.
func isCable(name string) bool {
	lower := strings.ToLower(name)
	for _, c := range append(cables, "cable output") {
		if strings.Contains(lower, c) {
			return true
		}
	}
	return false
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

// pickInput finds the microphone: by name, or the default, or the first where
// that is a cable we play into, which would feed back, or the speaker's.
func pickInput(list []audioio.Device, name string, o PortAudio) (audioio.Device, error) {
	best := -1
	for i, d := range list {
		own := o.isOwn(d.Name)
		if name != "" && d.Name == name {
			if own {
				return d, fmt.Errorf("%w: %q is a cable of stillmic's own and would feed back; choose another (stillmic "+
					"devices lists them)", audioio.ErrNoDevice, name)
			}
			return d, nil
		}
		if name == "" && !own && (best < 0 || d.Default) {
			best = i
		}
	}
	if best < 0 {
		return audioio.Device{}, fmt.Errorf("%w: %q (stillmic devices lists what there is)", audioio.ErrNoDevice, name)
	}
	return list[best], nil
}

// Cable implements Cabled.
func (s *portServer) Cable() (string, error) {
	list, err := s.p.Outputs()
	if err != nil {
		return "", err
	}
	return pickCable(list, s.o.Cable)
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

// pickCable finds the output to play into: by name, or the first known cable.
func pickCable(list []audioio.Device, name string) (string, error) {
	var names []string
	for _, d := range list {
		names = append(names, fmt.Sprintf("%q", d.Name))
		if d.Name == name {
			return name, nil
		}
		for _, c := range cables {
			if name == "" && strings.Contains(strings.ToLower(d.Name), c) {
				return d.Name, nil
			}
		}
	}
	if name == "" {
		return "", fmt.Errorf("%w: no virtual cable to play into; install VB-CABLE (Windows) or BlackHole (macOS), or name an "+
			"output as output.cable", audioio.ErrNoDevice)
	}
	return "", fmt.Errorf("%w: output.cable %q; there are %s", audioio.ErrNoDevice, name, strings.Join(names, ", "))
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
