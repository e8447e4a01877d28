package soundserver

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/jfreymuth/pulse/proto"
)

// sampleRate is the rate of everything played and recorded here, in Hz.
const sampleRate = 48000

// Play plays mono samples (48 kHz) into a sink in real time and returns when
// the last one has been played, or when ctx ends.
func (s *Server) Play(ctx context.Context, sink string, samples []float32) error {
	sent := 0
	return s.PlayFunc(ctx, sink, func(p []float32) int {
		n := copy(p, samples[sent:])
		sent += n
		return n
	})
}

// PlayLoop plays mono samples (48 kHz) into a sink again and again until ctx
// ends, which is no error.
func (s *Server) PlayLoop(ctx context.Context, sink string, samples []float32) error {
	if len(samples) == 0 {
		return errors.New("play: no samples")
	}
	err := s.PlayFunc(ctx, sink, Looped(samples))
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

// Looped gives PlayFunc samples again and again.
func Looped(samples []float32) func([]float32) int {
	pos := 0
	return func(p []float32) int {
		for n := 0; n < len(p); {
			k := copy(p[n:], samples[pos:])
			n += k
			pos = (pos + k) % len(samples)
		}
		return len(p)
	}
}

// PlayFunc plays what next writes into its argument: into a sink, or for "" into the default
// one, from which the server may move it. next returns the number
// of samples written; fewer than asked for ends the playback.
func (s *Server) PlayFunc(ctx context.Context, sink string, next func([]float32) int) error {
	return s.playFunc(ctx, sink, proto.ChannelMap{proto.ChannelMono}, next)
}

// stereo is the map of two channels.
var stereo = proto.ChannelMap{proto.ChannelFrontLeft, proto.ChannelFrontRight}

// PlayStereo is PlayFunc for frames of two channels, which next interleaves; the server may move it.
func (s *Server) PlayStereo(ctx context.Context, sink string, next func([]float32) int) error {
	return s.playFunc(ctx, sink, stereo, next)
}

func (s *Server) playFunc(ctx context.Context, sink string, chmap proto.ChannelMap, next func([]float32) int) error {
	requests := make(chan uint32, 64) // more than a server has outstanding
	gone := make(chan struct{})
	c, err := s.dial("soundserver player", func(msg any) {
		switch m := msg.(type) {
		case *proto.Request:
			requests <- m.Length
		case *proto.PlaybackStreamKilled, *proto.ConnectionClosed:
			close(gone)
		}
	})
	if err != nil {
		return err
	}
	defer c.conn.Close()

	// 200 ms in the server: enough that a busy machine does not tear the
	// test signal, which would be taken for a fault of what is tested.
	tlength := uint32(4 * len(chmap) * sampleRate / 5)
	var stream proto.CreatePlaybackStreamReply
	err = c.Request(&proto.CreatePlaybackStream{
		SampleSpec: proto.SampleSpec{Format: proto.FormatFloat32LE, Channels: byte(len(chmap)), Rate: sampleRate},
		ChannelMap: chmap,
		SinkIndex:  proto.Undefined, SinkName: sink,
		BufferMaxLength: 2 * tlength, BufferTargetLength: tlength, BufferPrebufferLength: tlength / 2,
		BufferMinimumRequest: tlength / 8,
		ChannelVolumes:       slices.Repeat(proto.ChannelVolumes{proto.VolumeNorm}, len(chmap)), VolumeSet: true,
		NoMove:     sink != "" && len(chmap) == 1,
		Properties: proto.PropList{"media.name": proto.PropListString("test signal")},
	}, &stream)
	if err != nil {
		return fmt.Errorf("play into %s: %w", sink, err)
	}
	want := stream.Missing
	for {
		p := make([]float32, want/4)
		n := next(p)
		if err := c.Send(stream.StreamIndex, Float32LE(p[:n])); err != nil {
			return fmt.Errorf("play into %s: %w", sink, err)
		}
		if n < len(p) {
			break
		}
		select {
		case want = <-requests:
		case <-gone:
			return fmt.Errorf("play into %s: the server ended the stream", sink)
		case <-ctx.Done():
			return fmt.Errorf("play into %s: %w", sink, ctx.Err())
		}
	}
	if err := c.Request(&proto.DrainPlaybackStream{StreamIndex: stream.StreamIndex}, nil); err != nil {
		return fmt.Errorf("play into %s: drain: %w", sink, err)
	}
	return nil
}

// Float32LE returns samples as a server takes them.
func Float32LE(samples []float32) []byte {
	b := make([]byte, 0, 4*len(samples))
	for _, v := range samples {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}
