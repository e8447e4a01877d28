package pulse

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/internal/queue"
	"github.com/stillmic/stillmic/audioio/pulse/internal/wire"
)

const (
	// fragmentBytes is what the server sends at once per channel: one block of
	// float32, 480 samples * 4 bytes = 1920 bytes = 10 ms.
	fragmentBytes = 4 * audioio.BlockSize

	// recordFragments is what the server keeps for us when we do not read:
	// 500 ms, longer than our own queue holds.
	recordFragments = 50
)

// Source records one device of a sound server.
type Source struct {
	pulse  *Server
	conn   *wire.Conn
	device audioio.Device
	queue  *queue.Blocks
	stream uint32 // the server's index of the stream

	// All channels come as the device has them, and one is made of them here: a server knows
	// nothing of channels without a place (aux0 ...), and PipeWire adds up two, 3 dB louder
	// than PulseAudio.
	blend *queue.Blend

	pumping   bool // ReadBlock reads the connection; its goroutine's only
	ownThread bool // see OwnThread
	suspended atomic.Bool
	once      sync.Once
}

var (
	_ audioio.Source          = (*Source)(nil)
	_ audioio.Queuer          = (*Source)(nil)
	_ audioio.LossCounter     = (*Source)(nil)
	_ audioio.LatencyReporter = (*Source)(nil)
	_ audioio.Suspender       = (*Source)(nil)
	_ audioio.ChannelChooser  = (*Source)(nil)
	_ audioio.ThreadOwner     = (*Source)(nil)
)

// noStream is an index that no stream has.
const noStream = proto.Undefined

// OpenSource starts to record a device by its name, or the default microphone
// when name is "". The stream is pinned: it stays with that device whatever
// becomes the default, and ends with ErrDeviceGone when the device does.
//
// A device of stillmic's own is never opened: by name that is an error, and as
// the default it is passed over for a real microphone.
func (p *Server) OpenSource(name string) (*Source, error) {
	dev, err := p.pick(name)
	if err != nil {
		return nil, fmt.Errorf("open the microphone: %w", err)
	}
	s := &Source{pulse: p, device: dev.Device, queue: queue.NewBlocks(), blend: queue.NewBlend(len(dev.channelMap))}
	s.conn, err = wire.Connect(context.Background(), p.addrs, "capture",
		wire.Hooks{Audio: s.audio, Message: s.message, Pumped: true, Frame: 4 * s.blend.Channels})
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", dev.Name, err)
	}
	if err := s.record(dev.Name, dev.channelMap); err != nil {
		s.conn.Close()
		return nil, fmt.Errorf("open %q: %w", dev.Name, err)
	}
	p.opened(s)
	return s, nil
}

// record creates the stream. The server converts the rate.
func (s *Source) record(name string, chmap proto.ChannelMap) error {
	fragment := uint32(fragmentBytes * len(chmap))
	var reply proto.CreateRecordStreamReply
	err := s.conn.Request("record", &proto.CreateRecordStream{
		SampleSpec:         proto.SampleSpec{Format: proto.FormatFloat32LE, Channels: byte(len(chmap)), Rate: audioio.SampleRate},
		ChannelMap:         chmap,
		SourceIndex:        proto.Undefined,
		SourceName:         name,
		BufferMaxLength:    recordFragments * fragment,
		BufferFragSize:     fragment,
		AdjustLatency:      true, // have the device deliver in fragments this short, too
		NoMove:             true,
		DirectOnInputIndex: proto.Undefined,
		ChannelVolumes:     normal(len(chmap)),
		VolumeSet:          true,
		// A session manager must not bring back a volume or a device that
		// another stream of this name once had.
		Properties: wire.Props("media.name", "Microphone for Stillmic", "media.role", "production",
			"state.restore-props", "false", "state.restore-target", "false",
			"module-stream-restore.id", "stillmic-capture"),
	}, &reply)
	if err != nil {
		if refused(err, proto.ErrNoSuchEntity) {
			return fmt.Errorf("%w: %w", audioio.ErrDeviceGone, err)
		}
		return err
	}
	s.stream = reply.StreamIndex
	s.suspended.Store(reply.SourceSuspended)
	return nil
}

// Device returns what is being recorded.
func (s *Source) Device() audioio.Device { return s.device }

// ChooseChannel implements audioio.ChannelChooser.
func (s *Source) ChooseChannel(channel int) { s.blend.Choose(channel) }

// Suspended reports whether the server has switched the device off for now: nothing
// comes, and no error either.
func (s *Source) Suspended() bool { return s.suspended.Load() }

// Dropped returns the samples lost because ReadBlock was not called in time.
func (s *Source) Dropped() uint64 { return s.queue.Dropped() }

// Queued returns the samples that wait for ReadBlock.
func (s *Source) Queued() int { return s.queue.Len() * audioio.BlockSize }

// Latency asks the server how old the audio is that it hands over now: what the
// device holds back, and what waits in the server. It takes a round trip.
func (s *Source) Latency() (time.Duration, error) {
	var reply proto.GetRecordLatencyReply
	if err := s.conn.Request("ask for the latency", &proto.GetRecordLatency{StreamIndex: s.stream}, &reply); err != nil {
		return 0, fmt.Errorf("record %q: %w", s.device.Name, err)
	}
	waiting := max(reply.WriteIndex-reply.ReadIndex, 0) / int64(4*s.blend.Channels)
	return time.Duration(reply.Latency)*time.Microsecond + time.Duration(waiting)*time.Second/audioio.SampleRate, nil
}

// OwnThread says that the goroutine that will call ReadBlock is locked to a
// thread, which alone has a better priority: that thread waits for the audio then,
// where it would be Go's poller in any thread. It must be called before the first
// ReadBlock, by the same goroutine.
func (s *Source) OwnThread() { s.ownThread = true }

// ReadBlock implements Source. It does not allocate.
func (s *Source) ReadBlock(b *audioio.Block) error {
	for {
		// The end comes first: audio of a microphone that is gone is stale.
		if err := s.conn.Failure(); err != nil {
			return s.failure(err)
		}
		if s.queue.Pop(b) {
			return nil
		}
		if !s.pumping {
			s.pumping = true
			s.conn.Pump.Adopt(s.ownThread)
			continue
		}
		_ = s.conn.Pump.Step() // failure says what was wrong
	}
}

// failure names the device in why recording ended.
func (s *Source) failure(err error) error {
	return fmt.Errorf("record %q: %w", s.device.Name, err)
}

// Close implements Source.
func (s *Source) Close() error {
	s.once.Do(func() {
		s.conn.Close() // the server ends the stream with the connection
		s.pulse.closed(s)
	})
	return nil
}

// audio takes what was recorded. The connection has one stream only, so that
// packets which overtake the reply with its index are right as well. Whole frames come.
func (s *Source) audio(_ uint32, p []byte) { s.queue.Fill(p, s.blend) }

// message takes the server's news about the stream.
func (s *Source) message(msg any) {
	switch m := msg.(type) {
	case *proto.RecordStreamKilled:
		s.conn.Fail(audioio.ErrDeviceGone)
	case *proto.RecordStreamMoved:
		// Pinned streams are moved only when somebody does so by hand. To
		// follow could mean to record ourselves, so the owner is to decide.
		if m.DestName != s.device.Name {
			s.conn.Fail(fmt.Errorf("%w: the stream was moved to %q", audioio.ErrDeviceGone, m.DestName))
		}
	case *proto.RecordStreamSuspended:
		s.suspended.Store(m.Suspended)
	}
}
