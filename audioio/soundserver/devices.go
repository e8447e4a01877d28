package soundserver

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/jfreymuth/pulse/proto"
)

// AddMic adds a fake microphone: a source called name, fed by playing into the
// sink name_sink. It returns when the source is there.
func (s *Server) AddMic(name string, rate, channels int) error {
	m := mic{name: name, rate: rate, channels: channels}
	chmap, ok := map[int]string{1: "mono", 2: "front-left,front-right"}[channels]
	if !ok {
		return fmt.Errorf("fake microphone with %d channels: only 1 and 2 are known", channels)
	}
	shape := fmt.Sprintf("rate=%d channels=%d channel_map=%s", rate, channels, chmap)
	sink, err := s.LoadModule("module-null-sink",
		fmt.Sprintf("sink_name=%s_sink %s sink_properties=device.description=%s_sink", name, shape, name))
	if err != nil {
		return err
	}
	m.modules = append(m.modules, sink)
	src, err := s.LoadModule("module-remap-source",
		fmt.Sprintf("master=%s_sink.monitor source_name=%s %s source_properties='device.description=Fake_%s device.bus=usb "+
			"device.form_factor=microphone'", name, name, shape, name))
	if err != nil {
		return errors.Join(err, s.UnloadModule(sink))
	}
	m.modules = append(m.modules, src)
	s.mu.Lock()
	s.mics = append(s.mics, m)
	s.mu.Unlock()
	return nil
}

// RemoveMic takes a fake microphone away, as unplugging would.
func (s *Server) RemoveMic(name string) error {
	s.mu.Lock()
	i := slices.IndexFunc(s.mics, func(m mic) bool { return m.name == name })
	if i < 0 {
		s.mu.Unlock()
		return fmt.Errorf("no fake microphone %q", name)
	}
	m := s.mics[i]
	s.mics = slices.Delete(s.mics, i, i+1)
	s.mu.Unlock()
	for _, module := range slices.Backward(m.modules) {
		if err := s.UnloadModule(module); err != nil {
			return err
		}
	}
	return poll("the microphone to vanish", func() (bool, error) {
		names, err := s.Sources()
		return !slices.Contains(names, name), err
	})
}

func (s *Server) addSpeakers() error {
	_, err := s.LoadModule("module-null-sink",
		"sink_name="+Speakers+" rate=48000 channels=2 sink_properties=device.description=Speakers")
	return err
}

// made finds the name of the device that a module makes in its arguments.
var made = regexp.MustCompile(`(?:^|\s)(source|sink)_name=([^\s'"]+)`)

// waitMade waits until the device is there that a module of these arguments makes.
func (s *Server) waitMade(args string) error {
	switch m := made.FindStringSubmatch(args); {
	case m == nil:
		return nil
	case m[1] == "sink":
		return s.waitSource(m[2] + ".monitor")
	default:
		return s.waitSource(m[2])
	}
}

// waitSource waits until a source is there: PipeWire answers the request that
// creates one before others can see it.
func (s *Server) waitSource(name string) error {
	return poll("source "+name, func() (bool, error) {
		err := s.request("look up "+name, &proto.GetSourceInfo{SourceIndex: proto.Undefined, SourceName: name},
			&proto.GetSourceInfoReply{})
		if errors.Is(err, proto.ErrNoSuchEntity) {
			return false, nil
		}
		return err == nil, err
	})
}
