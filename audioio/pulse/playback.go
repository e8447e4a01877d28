package pulse

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/internal/queue"
	"github.com/stillmic/stillmic/audioio/pulse/internal/wire"
)

const (
	// playbackWanted is what is to be left in a null sink when the next block
	// comes: half a period of PipeWire (256 samples), 1 ms for being late, and the spare.
	playbackWanted = 128 + 48 + PlaybackSpare

	// PlaybackSpare is audio, in samples, that lies ready in a null sink beyond
	// what an undisturbed machine needs: 9 ms. A stall of the writer or of the
	// server's graph as long as that is not heard.
	PlaybackSpare = 432

	// playbackTarget is the most the server is to buffer, in samples: 30 ms and
	// the spare. PipeWire keeps 464 of them for its own period; the rest has
	// room for two blocks, one that is played and one that has come.
	playbackTarget = 1440 + PlaybackSpare

	// playbackPrebuf is what the server gathers before it starts, at first
	// and after it ran dry: 16 ms, so that it waits for two blocks and has
	// one to spare from then on, and the spare. With one block only it runs
	// dry again at once.
	playbackPrebuf = 768 + PlaybackSpare

	// playbackRequest is the least the server asks for: 5 ms. PipeWire makes
	// it 256 samples, and that its period.
	playbackRequest = 240

	// playbackBacklog is what may wait here when the server asks for nothing.
	playbackBacklog = 3 * audioio.BlockSize

	// playbackLook is how often news of the server are looked for while nobody writes.
	playbackLook = 5 * time.Second
)

// playback plays into a sink.
type playback struct {
	conn *wire.Conn
	sink string

	input atomic.Uint32 // the stream's index among the server's sink inputs

	mu     sync.Mutex // the writer and whoever polls both send
	out    wire.Outbox
	lot    int       // bytes the server asked for when it did so last
	ahead  float64   // samples it has played and not asked for yet, as far as is known
	seen   time.Time // when that was so
	target int       // bytes it wants in its buffer
	dry    bool      // the server has run out of audio
	trim   queue.Trimmer

	looked    atomic.Bool // for what the server has to say, since the last block
	dropped   atomic.Uint64
	underruns atomic.Uint64
}

// openPlayback starts a stream into a sink, pinned to it.
func (p *Server) openPlayback(sink string) (*playback, error) {
	s := &playback{sink: sink, out: wire.NewOutbox(playbackBacklog, 4)}
	var err error
	hooks := wire.Hooks{Request: s.requested, Dry: s.ranDry, Message: s.message, Pumped: true}
	s.conn, err = wire.Connect(context.Background(), p.addrs, "playback", hooks)
	if err != nil {
		return nil, fmt.Errorf("play into %q: %w", sink, err)
	}
	channel := byte(proto.ChannelMono)
	if p.info.PipeWire {
		channel = proto.ChannelTopRearCenter // voiceChannel
	}
	var reply proto.CreatePlaybackStreamReply
	err = s.conn.Request("play", &proto.CreatePlaybackStream{
		SampleSpec:            proto.SampleSpec{Format: proto.FormatFloat32LE, Channels: 1, Rate: audioio.SampleRate},
		ChannelMap:            proto.ChannelMap{channel},
		SinkIndex:             proto.Undefined,
		SinkName:              sink,
		BufferMaxLength:       2 * 4 * playbackTarget,
		BufferTargetLength:    4 * playbackTarget,
		BufferPrebufferLength: 4 * playbackPrebuf,
		BufferMinimumRequest:  4 * playbackRequest,
		ChannelVolumes:        proto.ChannelVolumes{proto.VolumeNorm},
		VolumeSet:             true,
		NoMove:                true,
		AdjustLatency:         true, // the target covers the device's own buffer
		Properties: wire.Props("media.name", "Audio for Stillmic Microphone", "media.role", "production",
			"state.restore-props", "false", "state.restore-target", "false",
			"module-stream-restore.id", "stillmic-playback"),
	}, &reply)
	if err != nil {
		s.conn.Close()
		return nil, fmt.Errorf("play into %q: %w", sink, err)
	}
	s.input.Store(reply.SinkInputIndex)
	s.mu.Lock()
	s.out.Stream, s.target = reply.StreamIndex, int(reply.BufferTargetLength)
	s.out.Credit += int(reply.Missing) // requests may have come before the reply
	s.mu.Unlock()
	s.conn.Pump.StartPolling()
	go s.tend()
	return s, nil
}

// tend looks what the server has to say while nobody writes.
func (s *playback) tend() {
	t := time.NewTicker(playbackLook)
	defer t.Stop()
	var looks uint64
	for {
		select {
		case <-s.conn.Done:
			return
		case <-t.C:
		}
		if n := s.conn.Pump.Polls(); n != looks {
			looks = n // the writer does so
			continue
		}
		_ = s.conn.Pump.Poll() // if the connection has ended, failure says why
	}
}

// WriteBlock implements Sink.
func (s *playback) WriteBlock(b *audioio.Block) error { return s.WriteSamples(b[:]) }

// WriteSamples implements SampleSink.
func (s *playback) WriteSamples(b []float32) error {
	if err := s.conn.Failure(); err != nil {
		return fmt.Errorf("play into %q: %w", s.sink, err)
	}
	if len(b) > audioio.MaxSamples {
		return fmt.Errorf("play into %q: %d samples at once; use at most %d", s.sink, len(b), audioio.MaxSamples)
	}
	if !s.looked.Swap(false) {
		if err := s.conn.Pump.Poll(); err != nil {
			return fmt.Errorf("play into %q: %w: %w", s.sink, audioio.ErrServerGone, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	fill := s.fill()
	samples := s.trim.Next(b, fill.Queued-fill.Wanted)
	if s.dry {
		s.dry = false
		s.refill(fill.Wanted)
	}
	s.add(samples)
	return s.send()
}

// add puts samples behind what waits to be sent. The caller holds mu.
func (s *playback) add(samples []float32) {
	p, cut := s.out.Room(len(samples))
	s.dropped.Add(uint64(cut))
	for i, v := range samples {
		binary.LittleEndian.PutUint32(p[4*i:], math.Float32bits(v))
	}
}

// refill puts silence before the next block, after the server ran dry: with that
// block alone it would do so again at once, and crackle until the rates have been
// matched. The caller holds mu.
func (s *playback) refill(samples int) {
	n := min(4*samples, len(s.out.Backlog)-4*audioio.MaxSamples-s.out.Held)
	if n <= 0 {
		return
	}
	clear(s.out.Backlog[s.out.Held : s.out.Held+n])
	s.out.Held += n
}

// send sends what is there and asked for. The caller holds mu.
func (s *playback) send() error {
	if err := s.out.Send(s.conn); err != nil {
		return fmt.Errorf("play into %q: %w: %w", s.sink, audioio.ErrServerGone, err)
	}
	return nil
}

// requested notes, in drain, that the server asks for more.
func (s *playback) requested(_, bytes uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out.Credit += int(bytes)
	s.lot = int(bytes)
	s.ahead -= float64(bytes) / 4
	_ = s.send() // the reader will find out why, and tell
}

// ranDry notes, in drain, that the server has run out of audio.
func (s *playback) ranDry() {
	s.underruns.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dry = true
}

// message takes the server's news about the stream.
func (s *playback) message(msg any) {
	switch m := msg.(type) {
	case *proto.PlaybackStreamKilled:
		s.conn.Fail(audioio.ErrDeviceGone)
	case *proto.PlaybackBufferAttrChanged:
		s.mu.Lock()
		s.target = int(m.BufferTargetLength)
		s.mu.Unlock()
	}
}

// Fill implements Sink: what waits here and in the server's buffer.
func (s *playback) Fill() audioio.Fill {
	s.looked.Store(s.conn.Pump.Poll() == nil) // if the connection has ended, WriteSamples says why
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fill()
}

// fill is Fill for a caller that holds mu. The server asks for all that it has
// played, so what it held when it asked last is its target less what it has
// asked for and not got. It asks for a lot at a time; in between it plays on, at
// its rate, but never more than the next lot, so that what it holds falls evenly.
// Without that the fill would stand still while the clocks drift, and then jump by
// a whole lot.
func (s *playback) fill() audioio.Fill {
	now := time.Now()
	played := s.ahead + now.Sub(s.seen).Seconds()*audioio.SampleRate
	s.ahead, s.seen = min(max(played, 0), float64(s.lot/4)), now
	held := (s.out.Held + max(s.target-s.out.Credit, 0)) / 4
	return audioio.Fill{Queued: max(held-int(s.ahead), 0), Wanted: min(playbackWanted, s.target/4/2)}
}

// Listening implements micWriter; a null sink plays on regardless.
func (s *playback) Listening(bool) {}

// Flush implements micWriter; what the server holds it plays within 30 ms. Silence
// follows, for the last that was played may lie in a remapped source until
// somebody records that again.
func (s *playback) Flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out.Held = 0
	s.refill(playbackTarget)
	_ = s.send() // the reader will find out why, and tell
}

// Stats implements micWriter.
func (s *playback) Stats() audioio.SinkStats {
	return audioio.SinkStats{Dropped: s.dropped.Load(), Underruns: s.underruns.Load()}
}

// Close implements Sink.
func (s *playback) Close() error {
	s.conn.Close()
	return nil
}
