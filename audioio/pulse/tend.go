package pulse

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/printable"
)

// The null sink between us and the virtual microphone is an output like any other for the
// server and for mixers. What others do to it there is undone, or the call would be
// silent for a reason that nobody sees, or hear what was meant for loudspeakers.

// standInSuffix makes the name of the output that takes the null sink's place.
const standInSuffix = "_no_output"

// tend undoes what others have done to the null sink and to the streams into and out
// of it, and sees to it that no other program plays into it. The watcher calls it.
func (m *VirtualMic) tend() error {
	m.tending.Lock()
	defer m.tending.Unlock()
	out, ok := m.out.(*playback)
	if !ok || m.ended.Load() {
		return nil
	}
	var sinks proto.GetSinkInfoListReply
	if err := m.pulse.ctl.Request("list outputs", &proto.GetSinkInfoList{}, &sinks); err != nil {
		return err
	}
	stream := out.input.Load()
	err := errors.Join(m.standIn(sinks), m.restoreSink(sinks), m.restoreStream(stream))
	monitor, err2 := m.restoreMonitor()
	m.restoreLinks(stream, monitor)
	return errors.Join(err, err2)
}

// concerns reports whether news of an output or of something that plays are about ours, or
// it may be the only output now.
func (m *VirtualMic) concerns(news *proto.SubscribeEvent) bool {
	if news.Event.GetFacility() == proto.EventSink {
		return news.Index == m.helper.Load() || news.Event.GetType() == proto.EventRemove
	}
	out, ok := m.out.(*playback)
	return ok && news.Index == out.input.Load()
}

// normal is the volume that leaves audio unchanged, for so many channels.
func normal(channels int) proto.ChannelVolumes {
	return slices.Repeat(proto.ChannelVolumes{proto.VolumeNorm}, channels)
}

// restoreSink undoes a mute and a volume of the null sink.
func (m *VirtualMic) restoreSink(sinks proto.GetSinkInfoListReply) error {
	var errs []error
	for _, s := range sinks {
		if s.SinkName != m.name+helperSuffix {
			continue
		}
		m.helper.Store(s.SinkIndex)
		if s.Mute {
			errs = append(errs, m.pulse.ctl.Request("unmute the null sink", &proto.SetSinkMute{SinkIndex: s.SinkIndex}, nil))
		}
		if want := normal(len(s.ChannelVolumes)); !slices.Equal(s.ChannelVolumes, want) {
			errs = append(errs, m.pulse.ctl.Request("set the null sink's volume",
				&proto.SetSinkVolume{SinkIndex: s.SinkIndex, ChannelVolumes: want}, nil))
		}
	}
	return errors.Join(errs...)
}

// restoreStream undoes a mute and a volume of our stream into the null sink.
func (m *VirtualMic) restoreStream(index uint32) error {
	var s proto.GetSinkInputInfoReply
	if err := m.pulse.ctl.Request("look up our stream", &proto.GetSinkInputInfo{SinkInputIndex: index}, &s); err != nil {
		if refused(err, proto.ErrNoSuchEntity) {
			return nil // it is being made anew
		}
		return err
	}
	var errs []error
	if s.Muted {
		errs = append(errs, m.pulse.ctl.Request("unmute our stream", &proto.SetSinkInputMute{SinkInputIndex: index}, nil))
	}
	if want := normal(len(s.ChannelVolumes)); !slices.Equal(s.ChannelVolumes, want) {
		errs = append(errs, m.pulse.ctl.Request("set our stream's volume",
			&proto.SetSinkInputVolume{SinkInputIndex: index, ChannelVolumes: want}, nil))
	}
	return errors.Join(errs...)
}

// restoreMonitor undoes a mute and a volume of the stream by which the remapped source
// records the null sink, and returns the stream's index.
func (m *VirtualMic) restoreMonitor() (index uint32, err error) {
	index = noStream
	var list proto.GetSourceOutputInfoListReply
	if err := m.pulse.ctl.Request("list recordings", &proto.GetSourceOutputInfoList{}, &list); err != nil {
		return index, err
	}
	var errs []error
	for _, s := range list {
		if !slices.Contains(m.modules, s.ModuleIndex) {
			continue
		}
		index = s.SourceOutpuIndex
		if s.Muted {
			errs = append(errs, m.pulse.ctl.Request("unmute the source's stream",
				&proto.SetSourceOutputMute{SourceOutputIndex: s.SourceOutpuIndex}, nil))
		}
		if want := normal(len(s.ChannelVolumes)); !slices.Equal(s.ChannelVolumes, want) {
			errs = append(errs, m.pulse.ctl.Request("set the volume of the source's stream",
				&proto.SetSourceOutputVolume{SourceOutputIndex: s.SourceOutpuIndex, ChannelVolumes: want}, nil))
		}
	}
	return index, errors.Join(errs...)
}

// linkPatience is how long PipeWire's session manager may take to link what is new.
const linkPatience = 2 * time.Second

// restoreLinks links our stream to the null sink, and that to the source's stream, where somebody
// has cut that or the session manager has lost it: it does so once, and never again.
func (m *VirtualMic) restoreLinks(stream, monitor uint32) {
	g := m.pulse.graph.Load()
	if g == nil {
		return
	}
	in, sink, out := indexText(stream), indexText(m.helper.Load()), indexText(monitor)
	switch {
	case !g.Parted(in, sink) && !g.Parted(sink, out):
		m.parted = time.Time{}
	case m.parted.IsZero():
		m.parted = time.Now()
	case time.Since(m.parted) > linkPatience:
		m.parted = time.Time{}
		g.Link(in, sink, false)
		g.Link(sink, out, true)
	}
}

// standIn has another silent output where there is none but ours, as PipeWire itself has
// where there is none at all: its session manager would make the null sink the
// default, and send music and the other side of a call into the microphone.
func (m *VirtualMic) standIn(sinks proto.GetSinkInfoListReply) error {
	if !m.pulse.info.PipeWire {
		return nil // a null sink of PulseAudio is the default only if nothing else is there, and is then the server's own
	}
	others, there := false, uint32(noStream)
	for _, s := range sinks {
		switch {
		case s.SinkName == m.name+standInSuffix:
			there = s.ModuleIndex
		case property(s.Properties, ownerKey) == "":
			others = true
		}
	}
	switch {
	case others && there != noStream:
		return m.pulse.unload(there)
	case !others && there == noStream:
		var reply proto.LoadModuleReply
		return m.pulse.ctl.Request("load module-null-sink", &proto.LoadModule{Name: "module-null-sink", Args: fmt.Sprintf(
			`sink_name=%s channels=2 channel_map=front-left,front-right sink_properties="device.description='Dummy Output' %s=%s"`,
			m.name+standInSuffix, ownerKey, m.name+standInSuffix)}, &reply)
	}
	return nil
}

// removeStandIn removes the output that standIn has made.
func (p *Server) removeStandIn(name string) error {
	list, err := p.ourModules(name + standInSuffix)
	if errors.Is(err, audioio.ErrServerGone) && p.ctl.Failure() != nil {
		return nil // it went with the server
	}
	for _, r := range list {
		err = errors.Join(err, p.unload(r.ModuleIndex))
	}
	return err
}

// Helper tells of the output behind the virtual microphone called mic, where there is one:
// whether it is the default output, and which programs play into it, stillmic left aside. What they
// play is heard nowhere.
func (p *Server) Helper(mic string) (isDefault bool, players []string, err error) {
	standard, err := p.defaultSink()
	if err != nil {
		return false, nil, err
	}
	var sink proto.GetSinkInfoReply
	err = p.ctl.Request("look for the null sink",
		&proto.GetSinkInfo{SinkIndex: proto.Undefined, SinkName: mic + helperSuffix}, &sink)
	if refused(err, proto.ErrNoSuchEntity) {
		return false, nil, nil
	}
	if err != nil {
		return false, nil, err
	}
	var list proto.GetSinkInputInfoListReply
	if err := p.ctl.Request("list what is played", &proto.GetSinkInputInfoList{}, &list); err != nil {
		return false, nil, err
	}
	for _, i := range list {
		name := printable.Text(cmp.Or(property(i.Properties, "application.name"), i.MediaName))
		if i.SinkIndex == sink.SinkIndex && !ofStillmic(i.Properties) && !slices.Contains(players, name) {
			players = append(players, name)
		}
	}
	return standard == mic+helperSuffix, players, nil
}
