package soundserver

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/jfreymuth/pulse/proto"
)

// errStreamEnded says that the server took a stream away.
var errStreamEnded = errors.New("the server ended the stream")

// Listen records sources (48 kHz mono, fragments of 10 ms) by one client until
// ctx ends, which is no error, or until the server ends one of the streams.
// heard gets every packet: which of the sources it is of, its samples, which it
// must not keep, and when it arrived. It is called by one goroutine, and no more
// once Listen has returned.
func (s *Server) Listen(ctx context.Context, heard func(source int, samples []float32, at time.Time), sources ...string) error {
	return s.listen(ctx, heard, true, mono, sources)
}

var mono = proto.ChannelMap{proto.ChannelMono}

// ListenStereo is Listen for one source of two channels, whose samples come interleaved.
func (s *Server) ListenStereo(ctx context.Context, heard func(frames []float32), source string) error {
	return s.listen(ctx, func(_ int, x []float32, _ time.Time) { heard(x) }, true, stereo, []string{source})
}

// Call records a source as most programs do: the server may move the stream to another
// source. Else it is Listen.
func (s *Server) Call(ctx context.Context, heard func(samples []float32, at time.Time), source string) error {
	return s.listen(ctx, func(_ int, x []float32, at time.Time) { heard(x, at) }, false, mono,
		[]string{source})
}

func (s *Server) listen(ctx context.Context, heard func(source int, samples []float32, at time.Time), noMove bool,
	chmap proto.ChannelMap, sources []string) error {
	l := &listener{heard: heard, streams: map[uint32]int{}, ended: make(chan struct{})}
	c, err := s.dial("soundserver listener", l.receive)
	if err != nil {
		return err
	}
	defer c.conn.Close()
	defer l.stop()
	for i, name := range sources {
		stream, err := c.record(name, chmap, 400*fragment, noMove)
		if err != nil {
			return err
		}
		l.mu.Lock()
		l.streams[stream] = i
		l.mu.Unlock()
	}
	select {
	case <-l.ended:
	case <-c.lost:
	case <-ctx.Done():
		return nil
	}
	return fmt.Errorf("listen to %v: %w", sources, errStreamEnded)
}

// fragment is what a recording gets at a time: 10 ms, in bytes.
const fragment = 4 * sampleRate / 100

// record starts a recording of a source, of which the server keeps so many bytes
// for who does not read them, and returns the number of the stream.
func (c *client) record(source string, chmap proto.ChannelMap, keep uint32, noMove bool) (stream uint32, err error) {
	var reply proto.CreateRecordStreamReply
	err = c.Request(&proto.CreateRecordStream{
		SampleSpec:  proto.SampleSpec{Format: proto.FormatFloat32LE, Channels: byte(len(chmap)), Rate: sampleRate},
		ChannelMap:  chmap,
		SourceIndex: proto.Undefined, SourceName: source,
		BufferMaxLength: keep, BufferFragSize: uint32(len(chmap)) * fragment, AdjustLatency: true, NoMove: noMove,
		DirectOnInputIndex: proto.Undefined,
		ChannelVolumes:     slices.Repeat(proto.ChannelVolumes{proto.VolumeNorm}, len(chmap)), VolumeSet: true,
		Properties: proto.PropList{"media.name": proto.PropListString("test recording of " + source)},
	}, &reply)
	if err != nil {
		return 0, fmt.Errorf("record %s: %w", source, err)
	}
	return reply.StreamIndex, nil
}

// listener hands packets on.
type listener struct {
	heard   func(source int, samples []float32, at time.Time)
	mu      sync.Mutex     // held while a packet is heard
	streams map[uint32]int // nil at the end
	buf     []float32
	once    sync.Once
	ended   chan struct{}
}

func (l *listener) receive(msg any) {
	now := time.Now()
	switch m := msg.(type) {
	case *proto.DataPacket:
		l.mu.Lock()
		defer l.mu.Unlock()
		source, ours := l.streams[m.StreamIndex]
		if !ours {
			return // the reply that says which it is has not come yet
		}
		l.buf = l.buf[:0]
		for i := 0; i+4 <= len(m.Data); i += 4 {
			l.buf = append(l.buf, math.Float32frombits(binary.LittleEndian.Uint32(m.Data[i:])))
		}
		l.heard(source, l.buf, now)
	case *proto.RecordStreamKilled:
		l.once.Do(func() { close(l.ended) })
	}
}

// stop waits for the packet that is being heard and makes it the last.
func (l *listener) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.streams = nil
}

// RecordUnread starts a recording of a source whose client never reads what it
// gets, as one that hangs, until stop is called.
func (s *Server) RecordUnread(source string) (stop func(), err error) {
	held := make(chan struct{})
	var hold sync.Once
	c, err := s.dial("soundserver client that hangs", func(msg any) {
		if _, audio := msg.(*proto.DataPacket); audio {
			<-held // this is the goroutine that reads
		}
	})
	if err != nil {
		return nil, err
	}
	_, err = c.record(source, mono, proto.Undefined, true)
	stop = func() {
		hold.Do(func() { close(held) })
		_ = c.conn.Close() // it is only closed
	}
	if err != nil {
		stop()
		return nil, err
	}
	return stop, nil
}

// Meter shows the level of a source, as mixers do, until stop is called.
func (s *Server) Meter(source string) (stop func(), err error) {
	c, err := s.dial("soundserver mixer", nil)
	if err != nil {
		return nil, err
	}
	err = c.Request(&proto.CreateRecordStream{
		SampleSpec:  proto.SampleSpec{Format: proto.FormatFloat32LE, Channels: 1, Rate: 25},
		ChannelMap:  proto.ChannelMap{proto.ChannelMono},
		SourceIndex: proto.Undefined, SourceName: source,
		BufferMaxLength: proto.Undefined, BufferFragSize: 4,
		AdjustLatency: true, NoMove: true, PeakDetect: true, DirectOnInputIndex: proto.Undefined,
		ChannelVolumes: proto.ChannelVolumes{proto.VolumeNorm}, VolumeSet: true,
		Properties: proto.PropList{"media.name": proto.PropListString("level")},
	}, &proto.CreateRecordStreamReply{})
	stop = func() { _ = c.conn.Close() } // it is only closed
	if err != nil {
		stop()
		return nil, fmt.Errorf("show the level of %s: %w", source, err)
	}
	return stop, nil
}
