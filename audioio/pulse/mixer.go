package pulse

import (
	"context"
	"fmt"
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
	return levelOf(r), nil
}

// SetVolume sets the volume of a device, in the scale of Level; its channels keep
// their balance, and a mute stays.
func (p *Server) SetVolume(source string, volume float64) error {
	r, err := p.sourceInfo(source)
	if err != nil {
		return err
	}
	loudest := levelOf(r).Volume
	set := make(proto.ChannelVolumes, len(r.ChannelVolumes))
	for i, v := range r.ChannelVolumes {
		share := 1.0 // silence has no balance
		if loudest > 0 {
			share = float64(v) / float64(proto.VolumeNorm) / loudest
		}
		set[i] = proto.Volume(volume*share*float64(proto.VolumeNorm) + 0.5)
	}
	return p.ctl.Request("set the volume of "+source,
		&proto.SetSourceVolume{SourceIndex: proto.Undefined, SourceName: source, ChannelVolumes: set}, nil)
}

func (p *Server) sourceInfo(source string) (*proto.GetSourceInfoReply, error) {
	r := new(proto.GetSourceInfoReply)
	err := p.ctl.Request("look up "+source, &proto.GetSourceInfo{SourceIndex: proto.Undefined, SourceName: source}, r)
	if refused(err, proto.ErrNoSuchEntity) {
		err = fmt.Errorf("%w: %w", audioio.ErrNoDevice, err)
	}
	return r, err
}

func levelOf(r *proto.GetSourceInfoReply) audioio.Level {
	var loudest uint32
	for _, v := range r.ChannelVolumes {
		loudest = max(loudest, uint32(v))
	}
	return audioio.Level{Volume: float64(loudest) / float64(proto.VolumeNorm), Muted: r.Mute}
}
