package supervisor

import (
	"errors"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/device"
)

// errSwitch ends a stream because another microphone is to be used.
var errSwitch = errors.New("another microphone is the default now")

// switchTo goes to another microphone while audio flows. It is opened before
// the old one is left; if it cannot be, it is waited for like any other that is
// not there.
func (s *Supervisor) switchTo(name string) error {
	if name != "" && name == s.here.Source.Name {
		return nil
	}
	src, err := s.open(name)
	if err != nil {
		return err
	}
	if src.Device().Name == s.here.Source.Name {
		return src.Close() // the default is what is used already
	}
	s.next = src
	return errSwitch
}

// chooseChannel has the channel that is asked for heard.
func (s *Supervisor) chooseChannel(src device.Source) {
	if c, ok := src.(audioio.ChannelChooser); ok {
		c.ChooseChannel(s.channel)
	}
}

// following reports whether to go with a new default microphone: not if a device
// is configured, or the new default is our own microphone or a monitor.
func (s *Supervisor) following(d audioio.Device) bool {
	return s.device == "" && d.Name != "" && !d.Monitor && d.Name != s.here.Sink && d.Name != s.here.Source.Name
}

// follow goes with a new default microphone.
func (s *Supervisor) follow(d audioio.Device) error {
	if !s.following(d) {
		return nil
	}
	src, err := s.here.srv.OpenSource(d.Name)
	if errors.Is(err, audioio.ErrServerGone) {
		return err
	}
	if err != nil {
		s.o.Log.Warn("stay with the microphone in use", zap.String("source", s.here.Source.Name), zap.Error(err))
		return nil
	}
	s.next = src
	return errSwitch
}

// noteDevices keeps what others are told about the devices.
func (s *Supervisor) noteDevices(ev audioio.Event) {
	switch ev.Kind {
	case audioio.EventDefaultChanged:
		s.here.Default = ev.Device.Name
		s.noteDefault(ev.Device.Name)
	case audioio.EventDeviceAdded, audioio.EventDeviceRemoved, audioio.EventDeviceChanged:
	case audioio.EventListenersChanged:
		s.o.Observer.Changed()
		return
	default:
		return
	}
	s.here.Changes++
	s.publish()
}

// noteDefault remembers a default microphone unless it is our own.
func (s *Supervisor) noteDefault(name string) {
	if name != "" && name != s.here.Sink {
		s.previous = name
	}
}

// open opens a microphone. Where the default is wanted and that is our own, it
// is the one that was the default before.
func (s *Supervisor) open(name string) (device.Source, error) {
	return previousFirst(s, name, s.here.srv.OpenSource)
}

// find is open without opening.
func (s *Supervisor) find(name string) (audioio.Device, error) {
	return previousFirst(s, name, s.here.srv.Pick)
}

// previousFirst has take try the last default microphone that was not ours, where that is
// what is wanted, and then name.
func previousFirst[T any](s *Supervisor, name string, take func(string) (T, error)) (T, error) {
	if name == "" && s.previous != "" && s.here.Default == s.here.Sink {
		if got, err := take(s.previous); err == nil {
			return got, nil
		}
	}
	return take(name)
}

// DefaultSource asks for the system's default microphone, "" if that is unknown.
func DefaultSource(srv device.Server) string {
	list, err := srv.Devices()
	if err != nil {
		return "" // whatever is wrong shows when the microphone is opened
	}
	for _, d := range list {
		if d.Default {
			return d.Name
		}
	}
	return ""
}
