package pulse

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/pulse/internal/reference"
	"github.com/stillmic/stillmic/audioio/pulse/internal/wire"
)

// Output plays to a person, through the default output. Unlike a playback,
// which feeds the virtual microphone, it may wait.
type Output struct {
	conn   *wire.Conn
	stream uint32
	credit atomic.Int64  // bytes the server has asked for and not been sent
	more   chan struct{} // one token: there is more of it
}

// OpenOutput plays mono at 48 kHz through the default output, with so much of
// it in the server's buffer.
func (p *Server) OpenOutput(buffer time.Duration) (*Output, error) {
	sink, err := p.output()
	if err != nil {
		return nil, fmt.Errorf("open the output: %w", err)
	}
	o := &Output{more: make(chan struct{}, 1)}
	o.conn, err = wire.Connect(context.Background(), p.addrs, "listen", wire.Hooks{Request: o.requested, Message: o.message})
	if err != nil {
		return nil, fmt.Errorf("open the output: %w", err)
	}
	target := uint32(buffer.Seconds()*audioio.SampleRate) * 4
	var reply proto.CreatePlaybackStreamReply
	err = o.conn.Request("play", &proto.CreatePlaybackStream{
		SampleSpec:            proto.SampleSpec{Format: proto.FormatFloat32LE, Channels: 1, Rate: audioio.SampleRate},
		ChannelMap:            proto.ChannelMap{proto.ChannelMono},
		SinkIndex:             proto.Undefined,
		SinkName:              sink,
		BufferMaxLength:       2 * target,
		BufferTargetLength:    target,
		BufferPrebufferLength: target / 2,
		BufferMinimumRequest:  proto.Undefined,
		ChannelVolumes:        proto.ChannelVolumes{proto.VolumeNorm},
		AdjustLatency:         true,
		Properties:            wire.Props("media.name", "Listen", "module-stream-restore.id", "stillmic-listen"),
	}, &reply)
	if err != nil {
		o.conn.Close()
		return nil, fmt.Errorf("open the output: %w", err)
	}
	o.stream = reply.StreamIndex
	o.requested(0, reply.Missing)
	return o, nil
}

// output finds the default output, or where that is ours the last real one.
func (p *Server) output() (string, error) {
	standard, err := p.defaultSink()
	if err != nil {
		return "", err
	}
	var list proto.GetSinkInfoListReply
	if err := p.ctl.Request("list outputs", &proto.GetSinkInfoList{}, &list); err != nil {
		return "", err
	}
	if s := p.outputs.choose(list, "", standard, nil); s != nil {
		return s.SinkName, nil
	}
	return "", fmt.Errorf("%w: there is no output to listen through", audioio.ErrNoDevice)
}

// requested notes that the server wants more.
func (o *Output) requested(_, bytes uint32) {
	o.credit.Add(int64(bytes))
	select {
	case o.more <- struct{}{}:
	default:
	}
}

func (o *Output) message(msg any) {
	if _, killed := msg.(*proto.PlaybackStreamKilled); killed {
		o.conn.Fail(audioio.ErrDeviceGone)
	}
}

// Write plays samples; it waits until there is room for them.
func (o *Output) Write(ctx context.Context, samples []float32) error {
	raw, _ := pcm.Append(nil, samples, pcm.Float32)
	for len(raw) > 0 {
		n := min(int(o.credit.Load())&^3, len(raw)) // whole samples
		if n <= 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-o.conn.Done:
				return fmt.Errorf("play: %w", o.conn.Failure())
			case <-o.more:
			}
			continue
		}
		if err := o.conn.Client.Send(o.stream, raw[:n]); err != nil {
			return fmt.Errorf("play: %w: %w", audioio.ErrServerGone, err)
		}
		o.credit.Add(-int64(n))
		raw = raw[n:]
	}
	return nil
}

// Drain waits until all has been heard.
func (o *Output) Drain() error {
	return o.conn.Request("play to the end", &proto.DrainPlaybackStream{StreamIndex: o.stream}, nil)
}

// Close stops at once.
func (o *Output) Close() error {
	o.conn.Close()
	return nil
}

var _ audioio.ReferenceOpener = (*Server)(nil)

// OpenReference implements audioio.ReferenceOpener.
func (p *Server) OpenReference(heard func([]float32), changed func(audioio.Output)) (audioio.Reference, error) {
	r, err := reference.Open(p.addrs, ownerKey, p.outputToHear, heard, changed)
	if err != nil {
		return nil, err // not a nil pointer in an interface
	}
	p.opened(r)
	p.background.Go(func() {
		<-r.Done()
		p.closed(r)
	})
	return r, nil
}

// EchoCancelled implements audioio.ReferenceOpener: a source is made by module-echo-cancel, or
// by a filter that is called so.
func (p *Server) EchoCancelled(source string) (bool, error) {
	list, err := p.sources()
	if err != nil {
		return false, err
	}
	modules, err := p.modules()
	if err != nil {
		return false, err
	}
	name := strings.ToLower(source)
	if strings.Contains(name, "echo-cancel") || strings.Contains(name, "echocancel") || strings.Contains(name, "echo_cancel") {
		return true, nil
	}
	for _, s := range list {
		if s.Name != source {
			continue
		}
		for _, m := range modules {
			if m.ModuleIndex == s.module && m.ModuleName == "module-echo-cancel" {
				return true, nil
			}
		}
	}
	return false, nil
}
