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
	lately  lately
	gain    atomic.Uint32 // bits of float32: by what the server has multiplied what the monitor gives, its inverse
}

var _ audioio.Speaker = (*Speaker)(nil)

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
// what comes up to 2 s late. PipeWire has one clock drive all nodes of a group: it is that of the
// stream which plays the sound on, so the real output's drives both, and nothing drifts.
func (s *Speaker) recipes() []recipe {
	with := func(more string) recipe {
		return recipe{"module-null-sink", fmt.Sprintf(
			`sink_name=%s format=float32le rate=%d channels=2 channel_map=front-left,front-right %ssink_properties=`+
				`"device.description='%s' device.icon_name=audio-speakers node.virtual=true priority.session=-900 `+
				`state.restore-props=false node.group=%s %s=%s"`,
			s.name, audioio.SampleRate, more, SpeakerDescription, s.name, ownerKey, s.name)}
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
	s.lately.note(own, playing)
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
	r, err := relay.Open(s.pulse.addrs, relay.Options{Monitor: s.name + ".monitor", Output: output, Group: s.name,
		PipeWire: s.pulse.info.PipeWire})
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
