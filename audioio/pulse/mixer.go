package pulse

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse/internal/graph"
	"github.com/stillmic/stillmic/audioio/pulse/internal/wire"
)

// knowing calls do with a connection that knows the default devices of now. On PipeWire it is
// one made for that: any other may know those of an earlier time for ever, see
// graph.ReadMetadata. A stream that is moved to what its connection takes for the default
// follows the true one there.
//
// The connection stays for a while: PipeWire does not read what has come from a client that is
// gone (connection_data in its module-protocol-native), and its pulse server answers before it has.
func (p *Server) knowing(what string, do func(*wire.Conn) error) error {
	if !p.info.PipeWire {
		return do(p.ctl)
	}
	ctx, cancel := context.WithTimeout(context.Background(), wire.RequestTimeout)
	defer cancel()
	fresh, err := wire.Connect(ctx, p.addrs, "control", wire.Hooks{})
	if err != nil {
		return fmt.Errorf("%s: %w: %w", what, audioio.ErrServerGone, err)
	}
	defer time.AfterFunc(time.Second, fresh.Close)
	return do(fresh)
}

// defaultSource asks for the name of the default microphone.
func (p *Server) defaultSource() (string, error) {
	d, err := p.defaults()
	return d.Source, err
}

// defaultSink asks for the name of the default output.
func (p *Server) defaultSink() (string, error) {
	d, err := p.defaults()
	return d.Sink, err
}

// defaults asks for the default devices of now: PipeWire itself, where it can be reached. While its
// session manager stands still, none becomes another, and a new connection would not be answered.
func (p *Server) defaults() (graph.Defaults, error) {
	const what = "ask for the default devices"
	var d graph.Defaults
	ask := func(conn *wire.Conn) error {
		var info proto.GetServerInfoReply
		if err := conn.Request(what, &proto.GetServerInfo{}, &info); err != nil {
			return err // an answer that comes too late is still written into info
		}
		d = graph.Defaults{Source: info.DefaultSourceName, Sink: info.DefaultSinkName}
		return nil
	}
	g := p.graph.Load()
	if g != nil {
		if !g.ReadMetadata() {
			return d, ask(p.ctl)
		}
		if d, ok := g.Defaults(); ok {
			return d, nil
		}
	}
	if p.knowing(what, ask) == nil {
		return d, nil
	}
	return d, ask(p.ctl)
}

// SetDefaultSource makes a source the server's default microphone.
func (p *Server) SetDefaultSource(name string) error {
	err := p.ctl.Request("make it the default", &proto.SetDefaultSource{SourceName: name}, nil)
	if refused(err, proto.ErrNoSuchEntity) {
		return fmt.Errorf("make %q the default microphone: %w", name, audioio.ErrNoDevice)
	}
	if err != nil {
		return fmt.Errorf("make %q the default microphone: %w", name, err)
	}
	return nil
}

// Level returns how loud the device of this name is set.
func (p *Server) Level(source string) (audioio.Level, error) {
	r, err := p.sourceInfo(source)
	if err != nil {
		return audioio.Level{}, err
	}
	return levelOf(r.ChannelVolumes, r.Mute), nil
}

// SetVolume sets the volume of a device, in the scale of Level; its channels keep
// their balance, and a mute stays.
func (p *Server) SetVolume(source string, volume float64) error {
	r, err := p.sourceInfo(source)
	if err != nil {
		return err
	}
	return p.ctl.Request("set the volume of "+source, &proto.SetSourceVolume{
		SourceIndex: proto.Undefined, SourceName: source, ChannelVolumes: turned(r.ChannelVolumes, volume)}, nil)
}

func (p *Server) sourceInfo(source string) (*proto.GetSourceInfoReply, error) {
	r := new(proto.GetSourceInfoReply)
	err := p.ctl.Request("look up "+source, &proto.GetSourceInfo{SourceIndex: proto.Undefined, SourceName: source}, r)
	if refused(err, proto.ErrNoSuchEntity) {
		err = fmt.Errorf("%w: %w", audioio.ErrNoDevice, err)
	}
	return r, err
}

// levelOf is how loud a device with these volumes is set.
func levelOf(channels proto.ChannelVolumes, muted bool) audioio.Level {
	var loudest uint32
	for _, v := range channels {
		loudest = max(loudest, uint32(v))
	}
	return audioio.Level{Volume: float64(loudest) / float64(proto.VolumeNorm), Muted: muted}
}

// turned returns the volumes at which the loudest channel has this one, and the others keep their
// balance.
func turned(channels proto.ChannelVolumes, volume float64) proto.ChannelVolumes {
	loudest := levelOf(channels, false).Volume
	set := make(proto.ChannelVolumes, len(channels))
	for i, v := range channels {
		share := 1.0 // silence has no balance
		if loudest > 0 {
			share = float64(v) / float64(proto.VolumeNorm) / loudest
		}
		set[i] = proto.Volume(volume*share*float64(proto.VolumeNorm) + 0.5)
	}
	return set
}

// volumes are of the virtual output and of the one it plays on, as they were last.
type volumes struct {
	output      string
	own, played audioio.Level
}

func (s *Speaker) setGain(g float32) { s.gain.Store(math.Float32bits(g)) }

// matchVolumes keeps the volumes of the virtual output and of the one it plays on the same, so
// that the volume keys act on the real one where the virtual one is the default. What was turned
// last counts.
func (s *Speaker) matchVolumes(own, output *proto.GetSinkInfoReply) error {
	now := volumes{output.SinkName, levelOf(own.ChannelVolumes, own.Mute), levelOf(output.ChannelVolumes, output.Mute)}
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
	err := s.pulse.ctl.Request("set the volume of "+sink.SinkName,
		&proto.SetSinkVolume{SinkIndex: sink.SinkIndex, ChannelVolumes: turned(sink.ChannelVolumes, to.Volume)}, nil)
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
