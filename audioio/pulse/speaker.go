package pulse

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/audioio/pulse/internal/reference"
	"github.com/stillmic/stillmic/audioio/pulse/internal/relay"
)

const (
	// SpeakerSuffix makes the name of the virtual output of that of the virtual microphone.
	SpeakerSuffix = "_speaker"

	// SpeakerDescription is what people see in their applications.
	SpeakerDescription = "Stillmic Speaker"
)

// Speaker is a virtual output: a null sink, whose monitor is recorded. It has connections of its
// own, for it lives whether or not a microphone does.
type Speaker struct {
	pulse   *Server
	name    string
	dir     string // for what is to outlive the process, "": nothing
	cookie  uint32 // of the server
	module  uint32
	news    chan struct{}
	matched volumes
	gain    atomic.Uint32 // bits of float32: by what the server has multiplied what the monitor gives, its inverse
}

var _ audioio.Speaker = (*Speaker)(nil)

// volumes are of the virtual output and of the one it plays on, as they were last.
type volumes struct {
	output      string
	own, played audioio.Level
}

// OpenSpeaker publishes the virtual output, or takes over the one that an earlier process left,
// with the programs that play into it. Those that an earlier process has lost to the default output,
// as a file in the folder dir says, are put back. Its name is that of the virtual microphone, and
// SpeakerSuffix.
func OpenSpeaker(ctx context.Context, o Options, mic, dir string) (*Speaker, error) {
	s := &Speaker{pulse: &Server{outputs: cmp.Or(o.Outputs, new(Outputs))}, name: cmp.Or(mic, MicName) + SpeakerSuffix,
		dir: dir, news: make(chan struct{}, 1)}
	s.setGain(1)
	cookie, err := s.pulse.connect(ctx, o.Server, s.message)
	if err != nil {
		return nil, err
	}
	err = s.pulse.ctl.Request("subscribe to changes", &proto.Subscribe{
		Mask: proto.SubscriptionMaskSink | proto.SubscriptionMaskSinkInput | proto.SubscriptionMaskServer}, nil)
	s.cookie = cookie
	if err == nil {
		err = s.publish()
	}
	if err == nil {
		err = s.putBack()
	}
	if err != nil {
		s.pulse.ctl.Close()
		return nil, fmt.Errorf("publish %q: %w", s.name, err)
	}
	if s.pulse.info.PipeWire && s.pulse.info.Local { // it knows the default output of now
		s.pulse.background.Go(func() { s.pulse.watchGraph(cookie, func() {}) })
	}
	put(s.news)
	return s, nil
}

// recipes make the null sink, best first. It is no choice for a default output: who wants it as
// that, says so. PulseAudio from 15 on knows norewinds, without which a null sink that rests plays
// what comes up to 2 s late.
func (s *Speaker) recipes() []recipe {
	with := func(more string) recipe {
		return recipe{"module-null-sink", fmt.Sprintf(
			`sink_name=%s format=float32le rate=%d channels=2 channel_map=front-left,front-right %ssink_properties=`+
				`"device.description='%s' device.icon_name=audio-speakers node.virtual=true priority.session=-900 `+
				`state.restore-props=false %s=%s"`, s.name, audioio.SampleRate, more, SpeakerDescription, ownerKey, s.name)}
	}
	if s.pulse.info.PipeWire {
		return []recipe{with("")}
	}
	return []recipe{with("norewinds=1 "), with("")}
}

// publish adopts the null sink, or makes it.
func (s *Speaker) publish() error {
	there, err := s.pulse.ourModules(s.name)
	if err != nil {
		return err
	}
	sinks, err := s.pulse.sinks()
	if err != nil {
		return err
	}
	for _, r := range s.recipes() {
		if s.find(sinks) != nil && sameModules(there, []recipe{r}) {
			s.module = there[0].ModuleIndex
			return nil
		}
	}
	for _, old := range there {
		if err := s.pulse.unload(old.ModuleIndex); err != nil {
			return err
		}
	}
	for _, r := range s.recipes() {
		var reply proto.LoadModuleReply
		err = s.pulse.ctl.Request("load "+r.module, &proto.LoadModule{Name: r.module, Args: r.args}, &reply)
		if err == nil {
			s.module = reply.ModuleIndex
			return s.pulse.waitSource(s.name + ".monitor")
		}
	}
	return err
}

// find returns the null sink, nil if it is not there.
func (s *Speaker) find(sinks proto.GetSinkInfoListReply) *proto.GetSinkInfoReply {
	for _, r := range sinks {
		if r.SinkName == s.name {
			return r
		}
	}
	return nil
}

// message notes that there is something to look at.
func (s *Speaker) message(msg any) {
	if _, ok := msg.(*proto.SubscribeEvent); ok {
		put(s.news)
	}
}

// News implements audioio.Speaker.
func (s *Speaker) News() <-chan struct{} { return s.news }

// Done implements audioio.Speaker.
func (s *Speaker) Done() <-chan struct{} { return s.pulse.ctl.Done }

// Look implements audioio.Speaker.
func (s *Speaker) Look(device string) (v audioio.SpeakerView, err error) {
	sinks, err := s.pulse.sinks()
	if err != nil {
		return v, err
	}
	own := s.find(sinks)
	if own == nil {
		return v, fmt.Errorf("look for %q: %w", s.name, audioio.ErrDeviceGone)
	}
	var playing proto.GetSinkInputInfoListReply
	if err := s.pulse.ctl.Request("list what is played", &proto.GetSinkInputInfoList{}, &playing); err != nil {
		return v, err
	}
	for _, i := range playing {
		if i.SinkIndex != own.SinkIndex || i.Corked || ofStillmic(i.Properties) {
			continue
		}
		v.Playing++
		name := printable.Text(cmp.Or(property(i.Properties, "application.name"), i.MediaName))
		if !slices.Contains(v.Apps, name) {
			v.Apps = append(v.Apps, name)
		}
	}
	standard, err := s.pulse.defaultSink()
	if err != nil {
		return v, err
	}
	feeders, err := s.pulse.feeders(sinks, playing, s.name)
	if err != nil {
		return v, err
	}
	output := s.pulse.outputs.choose(sinks, device, standard, feeders)
	if wanted := s.pulse.outputs.choose(sinks, device, standard, nil); wanted != nil && feeders[wanted.SinkName] {
		v.Loop = reference.Describe(wanted).Description
	}
	if output == nil {
		return v, nil
	}
	v.Output = reference.Describe(output)
	return v, s.matchVolumes(own, output)
}

// Stream implements audioio.Speaker.
func (s *Speaker) Stream(output string) (audioio.SpeakerStream, error) {
	r, err := relay.Open(s.pulse.addrs, s.name+".monitor", output)
	if err != nil {
		return nil, err
	}
	s.pulse.outputs.setPlays(output)
	return &speakerStream{Stream: r, speaker: s}, nil
}

// Close implements audioio.Speaker.
func (s *Speaker) Close() error {
	noted := s.noteMoved()
	err := s.pulse.unload(s.module)
	if s.pulse.ctl.Failure() != nil {
		noted = nil // they went with the server
	}
	s.pulse.ctl.Close()
	s.pulse.background.Wait()
	return errors.Join(noted, err)
}

// speakerStream undoes what the null sink's volume does to its monitor.
type speakerStream struct {
	*relay.Stream
	speaker *Speaker
}

// Read implements audioio.SpeakerStream.
func (s *speakerStream) Read(left, right *audioio.Block) error {
	if err := s.Stream.Read(left, right); err != nil {
		return err
	}
	if g := math.Float32frombits(s.speaker.gain.Load()); g != 1 {
		for i := range left {
			left[i] *= g
			right[i] *= g
		}
	}
	return nil
}

// Close implements audioio.SpeakerStream.
func (s *speakerStream) Close() error {
	s.speaker.pulse.outputs.setPlays("")
	return s.Stream.Close()
}

func (s *Speaker) setGain(g float32) { s.gain.Store(math.Float32bits(g)) }

// matchVolumes keeps the volumes of the virtual output and of the one it plays on the same, so
// that the volume keys act on the real one where the virtual one is the default. What was turned
// last counts.
func (s *Speaker) matchVolumes(own, output *proto.GetSinkInfoReply) error {
	now := volumes{output.SinkName, sinkLevel(own), sinkLevel(output)}
	defer func() { s.matched = now }()
	switch {
	case now.output == s.matched.output && !same(now.own, s.matched.own): // somebody has turned ours
		now.played = now.own
		if err := s.setLevel(output, now.own); err != nil {
			return err
		}
	case !same(now.own, now.played):
		now.own = now.played
		if err := s.setLevel(own, now.played); err != nil {
			return err
		}
	}
	s.setGain(1)
	// The monitor gives what has been turned down. A volume is the cube root of the factor; below
	// 1 % nothing is left to be undone.
	if v := now.own.Volume; v > 0.01 {
		s.setGain(float32(math.Pow(v, -3)))
	}
	return nil
}

// setLevel sets volume and mute of an output, whose channels keep their balance.
func (s *Speaker) setLevel(sink *proto.GetSinkInfoReply, to audioio.Level) error {
	set := make(proto.ChannelVolumes, len(sink.ChannelVolumes))
	loudest := sinkLevel(sink).Volume
	for i, v := range sink.ChannelVolumes {
		share := 1.0 // silence has no balance
		if loudest > 0 {
			share = float64(v) / float64(proto.VolumeNorm) / loudest
		}
		set[i] = proto.Volume(to.Volume*share*float64(proto.VolumeNorm) + 0.5)
	}
	err := s.pulse.ctl.Request("set the volume of "+sink.SinkName,
		&proto.SetSinkVolume{SinkIndex: sink.SinkIndex, ChannelVolumes: set}, nil)
	if err == nil && sink.Mute != to.Muted {
		err = s.pulse.ctl.Request("mute "+sink.SinkName, &proto.SetSinkMute{SinkIndex: sink.SinkIndex, Mute: to.Muted}, nil)
	}
	if refused(err, proto.ErrNoSuchEntity) {
		return nil // it has just gone
	}
	return err
}

// same reports whether two levels are the same to within what servers round.
func same(a, b audioio.Level) bool { return math.Abs(a.Volume-b.Volume) < 0.002 && a.Muted == b.Muted }

func sinkLevel(s *proto.GetSinkInfoReply) audioio.Level {
	var loudest uint32
	for _, v := range s.ChannelVolumes {
		loudest = max(loudest, uint32(v))
	}
	return audioio.Level{Volume: float64(loudest) / float64(proto.VolumeNorm), Muted: s.Mute}
}
