package daemon

import (
	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/device"
)

// choose notes which microphone is wanted.
func (s *supervisor) choose(name string) {
	s.device = name
	s.told()
}

// switchTo goes to another microphone while audio flows. It is opened before
// the old one is left; if it cannot be, it is waited for like any other that is
// not there.
func (s *supervisor) switchTo(srv device.Server, name string) error {
	s.choose(name)
	if name != "" && name == s.here.source.Name {
		return nil
	}
	src, err := s.open(srv, name)
	if err != nil {
		return err
	}
	if src.Device().Name == s.here.source.Name {
		return src.Close() // the default is what is used already
	}
	s.next = src
	return errSwitch
}

// noteDevices keeps what others are told about the devices.
func (s *supervisor) noteDevices(ev audioio.Event) {
	switch ev.Kind {
	case audioio.EventDefaultChanged:
		s.here.normal = ev.Device.Name
		s.noteUsual(ev.Device.Name)
	case audioio.EventDeviceAdded, audioio.EventDeviceRemoved, audioio.EventDeviceChanged:
	case audioio.EventListenersChanged:
		s.told()
		return
	default:
		return
	}
	s.here.change++
	s.publish()
}

// noteUsual remembers a default microphone unless it is our own.
func (s *supervisor) noteUsual(normal string) {
	if normal != "" && normal != s.here.sink {
		s.usual = normal
	}
}

// open opens a microphone. Where the default is wanted and that is our own, it
// is the one that was the default before.
func (s *supervisor) open(srv device.Server, name string) (device.Source, error) {
	return usualFirst(s, name, srv.OpenSource)
}

// find is open without opening.
func (s *supervisor) find(srv device.Server, name string) (audioio.Device, error) {
	return usualFirst(s, name, srv.Pick)
}

// usualFirst has take try the last default microphone that was not ours, where that is
// what is wanted, and then name.
func usualFirst[T any](s *supervisor, name string, take func(string) (T, error)) (T, error) {
	if name == "" && s.usual != "" && s.here.normal == s.here.sink {
		if got, err := take(s.usual); err == nil {
			return got, nil
		}
	}
	return take(name)
}

// defaultSource asks for the system's default microphone, "" if that is unknown.
func defaultSource(srv device.Server) string {
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
