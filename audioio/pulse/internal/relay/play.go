package relay

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse/internal/wire"
)

const (
	// target is what the server may hold, in frames: 60 ms. What it does hold is its owner's choice: a
	// server that has stood still takes at once what it has missed, but only of what it holds.
	target = 2880

	// prebuffer is what it gathers before it plays, at first and after it ran dry: a hop. What is
	// to lie ready beyond that is the owner's to write.
	prebuffer = audioio.BlockSize

	// request is the least it asks for, and with early requests the output's latency: 5 ms, which
	// PipeWire makes a period of 256.
	request = audioio.BlockSize / 2

	// wanted is what is to wait when a hop comes: PulseAudio plays as much as request at once, and
	// what is less than that is of no use when a hop is late. On PipeWire both streams are driven by
	// one clock, so less will do; below 64 it runs dry, for PipeWire has taken the next period already.
	wanted, wantedOfPipeWire = request + 24, 96

	// backlog is what may wait here when it asks for nothing, in frames.
	backlog = 3 * audioio.BlockSize
)

// playback is the stream into an output.
type playback struct {
	conn   *wire.Conn
	output string
	wanted int

	mu   sync.Mutex // of the writer and whoever polls: one goroutine, but while the stream is made
	out  wire.Outbox
	want int // bytes it wants in its buffer

	looked    bool // since the last Write
	dropped   atomic.Uint64
	underruns atomic.Uint64
}

// openPlayback begins to play on an output.
func openPlayback(addrs []wire.Address, o Options) (*playback, error) {
	s := &playback{output: o.Output, wanted: wanted, out: wire.NewOutbox(backlog, frameBytes)}
	if o.PipeWire {
		s.wanted = wantedOfPipeWire
	}
	var err error
	s.conn, err = wire.Connect(context.Background(), addrs, "speaker",
		wire.Hooks{Request: s.requested, Dry: s.ranDry, Message: s.message, Pumped: true})
	if err != nil {
		return nil, err
	}
	var reply proto.CreatePlaybackStreamReply
	err = s.conn.Request("play", &proto.CreatePlaybackStream{
		SampleSpec:            proto.SampleSpec{Format: proto.FormatFloat32LE, Channels: channels, Rate: audioio.SampleRate},
		ChannelMap:            stereo,
		SinkIndex:             proto.Undefined,
		SinkName:              o.Output,
		BufferMaxLength:       2 * frameBytes * target,
		BufferTargetLength:    frameBytes * target,
		BufferPrebufferLength: frameBytes * prebuffer,
		BufferMinimumRequest:  frameBytes * request,
		ChannelVolumes:        proto.ChannelVolumes{proto.VolumeNorm, proto.VolumeNorm},
		VolumeSet:             true,
		NoMove:                true, // the server would move it into the virtual output where that is the default
		EarlyRequests:         true,
		Properties: wire.Props("media.name", "Stillmic Speaker", "media.role", "production",
			"state.restore-props", "false", "state.restore-target", "false", "node.group", o.Group,
			"module-stream-restore.id", "stillmic-speaker"),
	}, &reply)
	if err != nil {
		s.conn.Close()
		return nil, err
	}
	s.mu.Lock()
	s.out.Stream, s.want = reply.StreamIndex, int(reply.BufferTargetLength)
	s.out.Credit += int(reply.Missing) // requests may have come before the reply
	s.mu.Unlock()
	s.conn.Pump.StartPolling()
	return s, nil
}

// Write implements audioio.SpeakerStream.
func (s *playback) Write(left, right []float32) error {
	if err := s.failure(); err != nil {
		return err
	}
	if len(left) != len(right) || len(left) > audioio.MaxSamples {
		return fmt.Errorf("play on %q: %d and %d samples at once; use as many of both, at most %d", s.output, len(left),
			len(right), audioio.MaxSamples)
	}
	if !s.looked {
		s.look()
	}
	s.looked = false
	s.mu.Lock()
	defer s.mu.Unlock()
	p, cut := s.out.Room(len(left))
	s.dropped.Add(uint64(cut))
	for i, v := range left {
		binary.LittleEndian.PutUint32(p[frameBytes*i:], math.Float32bits(v))
		binary.LittleEndian.PutUint32(p[frameBytes*i+4:], math.Float32bits(right[i]))
	}
	return s.send()
}

// failure returns why nothing can be played any more, or nil.
func (s *playback) failure() error {
	if err := s.conn.Failure(); err != nil {
		return fmt.Errorf("play on %q: %w", s.output, err)
	}
	return nil
}

// look deals with what the server has said.
func (s *playback) look() {
	_ = s.conn.Pump.Poll() // if the connection has ended, Write says why
	s.looked = true
}

// send sends what is there and asked for. The caller holds mu.
func (s *playback) send() error {
	if err := s.out.Send(s.conn); err != nil {
		return fmt.Errorf("play on %q: %w: %w", s.output, audioio.ErrServerGone, err)
	}
	return nil
}

// requested notes that the server asks for more.
func (s *playback) requested(_, bytes uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out.Credit += int(bytes)
	_ = s.send() // Write says what is wrong
}

// ranDry notes that the server has run out of sound.
func (s *playback) ranDry() { s.underruns.Add(1) }

// message takes the server's news of the stream.
func (s *playback) message(msg any) {
	switch m := msg.(type) {
	case *proto.PlaybackStreamKilled, *proto.PlaybackStreamMoved:
		s.conn.Fail(audioio.ErrDeviceGone)
	case *proto.PlaybackBufferAttrChanged:
		s.mu.Lock()
		s.want = int(m.BufferTargetLength)
		s.mu.Unlock()
	}
}

// Fill implements audioio.SpeakerStream.
func (s *playback) Fill() audioio.Fill {
	s.look()
	s.mu.Lock()
	defer s.mu.Unlock()
	return audioio.Fill{Queued: (s.out.Held + max(s.want-s.out.Credit, 0)) / frameBytes, Wanted: s.wanted}
}

// Stats implements audioio.SpeakerStream.
func (s *playback) Stats() audioio.SinkStats {
	return audioio.SinkStats{Dropped: s.dropped.Load(), Underruns: s.underruns.Load()}
}
