package audioio

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jfreymuth/pulse/proto"
)

const (
	// fragmentBytes is what the server sends at once per channel: one block of
	// float32, 480 samples * 4 bytes = 1920 bytes = 10 ms.
	fragmentBytes = 4 * BlockSize

	// recordFragments is what the server keeps for us when we do not read:
	// 500 ms, longer than our own queue holds.
	recordFragments = 50
)

// PulseSource records one device of a sound server.
type PulseSource struct {
	pulse  *Pulse
	conn   *pulseConn
	device Device
	queue  *blockQueue
	stream uint32 // the server's index of the stream

	// All channels come as the device has them, and one is made of them here: a server knows
	// nothing of channels without a place (aux0 ...), and PipeWire adds up two, 3 dB louder
	// than PulseAudio.
	blend *blend

	pumping   bool // ReadBlock reads the connection; its goroutine's only
	ownThread bool // see OwnThread
	suspended atomic.Bool
	once      sync.Once
}

// noStream is an index that no stream has.
const noStream = proto.Undefined

// OpenSource starts to record a device by its name, or the default microphone
// when name is "". The stream is pinned: it stays with that device whatever
// becomes the default, and ends with ErrDeviceGone when the device does.
//
// A device of stillmic's own is never opened: by name that is an error, and as
// the default it is passed over for a real microphone.
func (p *Pulse) OpenSource(name string) (*PulseSource, error) {
	dev, err := p.pick(name)
	if err != nil {
		return nil, fmt.Errorf("open the microphone: %w", err)
	}
	s := &PulseSource{pulse: p, device: dev.Device, queue: newBlockQueue(), blend: newBlend(len(dev.channelMap))}
	s.conn, err = connectPulse(context.Background(), p.addrs, "capture", pulseHooks{audio: s.audio, message: s.message, pumped: true, frame: 4 * s.blend.channels})
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", dev.Name, err)
	}
	if err := s.record(dev.Name, dev.channelMap); err != nil {
		s.conn.close()
		return nil, fmt.Errorf("open %q: %w", dev.Name, err)
	}
	p.opened(s)
	return s, nil
}

// record creates the stream. The server converts the rate.
func (s *PulseSource) record(name string, chmap proto.ChannelMap) error {
	fragment := uint32(fragmentBytes * len(chmap))
	var reply proto.CreateRecordStreamReply
	err := s.conn.request("record", &proto.CreateRecordStream{
		SampleSpec:         proto.SampleSpec{Format: proto.FormatFloat32LE, Channels: byte(len(chmap)), Rate: SampleRate},
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
		Properties: props("media.name", "Microphone for Stillmic", "media.role", "production",
			"state.restore-props", "false", "state.restore-target", "false",
			"module-stream-restore.id", "stillmic-capture"),
	}, &reply)
	if err != nil {
		if refused(err, proto.ErrNoSuchEntity) {
			return fmt.Errorf("%w: %w", ErrDeviceGone, err)
		}
		return err
	}
	s.stream = reply.StreamIndex
	s.suspended.Store(reply.SourceSuspended)
	return nil
}

// Device returns what is being recorded.
func (s *PulseSource) Device() Device { return s.device }

// Suspended says that the server has switched the device off for now: nothing
// comes, and no error either.
func (s *PulseSource) Suspended() bool { return s.suspended.Load() }

// Dropped returns the samples lost because ReadBlock was not called in time.
func (s *PulseSource) Dropped() uint64 { return s.queue.dropped() }

// Queued returns the samples that wait for ReadBlock.
func (s *PulseSource) Queued() int { return s.queue.len() * BlockSize }

// Latency asks the server how old the audio is that it hands over now: what the
// device holds back, and what waits in the server. It takes a round trip.
func (s *PulseSource) Latency() (time.Duration, error) {
	var reply proto.GetRecordLatencyReply
	if err := s.conn.request("ask for the latency", &proto.GetRecordLatency{StreamIndex: s.stream}, &reply); err != nil {
		return 0, fmt.Errorf("record %q: %w", s.device.Name, err)
	}
	waiting := max(reply.WriteIndex-reply.ReadIndex, 0) / int64(4*s.blend.channels)
	return time.Duration(reply.Latency)*time.Microsecond + time.Duration(waiting)*time.Second/SampleRate, nil
}

// OwnThread says that the goroutine that will call ReadBlock is locked to a
// thread, which alone has a better priority: that thread waits for the audio then,
// where it would be Go's poller in any thread. It must be called before the first
// ReadBlock, by the same goroutine.
func (s *PulseSource) OwnThread() { s.ownThread = true }

// ReadBlock implements Source. It does not allocate.
func (s *PulseSource) ReadBlock(b *Block) error {
	for {
		// The end comes first: audio of a microphone that is gone is stale.
		if err := s.conn.failure(); err != nil {
			return s.failure(err)
		}
		if s.queue.pop(b) {
			return nil
		}
		if !s.pumping {
			s.pumping = true
			s.conn.pump.takeOver(s.ownThread)
			continue
		}
		_ = s.conn.pump.step() // failure says what was wrong
	}
}

// failure names the device in why recording ended.
func (s *PulseSource) failure(err error) error {
	return fmt.Errorf("record %q: %w", s.device.Name, err)
}

// Close implements Source.
func (s *PulseSource) Close() error {
	s.once.Do(func() {
		s.conn.close() // the server ends the stream with the connection
		s.pulse.closed(s)
	})
	return nil
}

// audio takes what was recorded. The connection has one stream only, so that
// packets which overtake the reply with its index are right as well. Whole frames come.
func (s *PulseSource) audio(_ uint32, p []byte) { s.queue.fill(p, s.blend) }

// message takes the server's news about the stream.
func (s *PulseSource) message(msg any) {
	switch m := msg.(type) {
	case *proto.RecordStreamKilled:
		s.conn.fail(ErrDeviceGone)
	case *proto.RecordStreamMoved:
		// Pinned streams are moved only when somebody does so by hand. To
		// follow could mean to record ourselves, so the owner is to decide.
		if m.DestName != s.device.Name {
			s.conn.fail(fmt.Errorf("%w: the stream was moved to %q", ErrDeviceGone, m.DestName))
		}
	case *proto.RecordStreamSuspended:
		s.suspended.Store(m.Suspended)
	}
}
