// Package relay records the monitor of one output, and plays on another, both in stereo. What is
// between the two is its owner's.
package relay

import (
	"fmt"
	"sync"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse/internal/wire"
)

// channels of the virtual output and of what is played. A server mixes what has others.
const channels = 2

// frameBytes is a sample of float32 of each channel.
const frameBytes = 4 * channels

var stereo = proto.ChannelMap{proto.ChannelFrontLeft, proto.ChannelFrontRight}

// Stream records and plays. See audioio.SpeakerStream.
type Stream struct {
	*recording
	*playback
	once sync.Once
}

var _ audioio.SpeakerStream = (*Stream)(nil)

// Options is what a Stream is made of.
type Options struct {
	Monitor  string // to record
	Output   string // to play on
	Group    string // of nodes that PipeWire has driven by one clock
	PipeWire bool   // the server is
}

// Open begins to record and to play.
func Open(addrs []wire.Address, o Options) (*Stream, error) {
	play, err := openPlayback(addrs, o)
	if err != nil {
		return nil, fmt.Errorf("play on %q: %w", o.Output, err)
	}
	record, err := openRecording(addrs, o.Monitor)
	if err != nil {
		play.conn.Close()
		return nil, fmt.Errorf("record %q: %w", o.Monitor, err)
	}
	return &Stream{recording: record, playback: play}, nil
}

// Read implements audioio.SpeakerStream. An output that is gone takes no more, so that there is always too much
// for its owner to write any: who only wrote would never learn of it.
func (s *Stream) Read(left, right *audioio.Block) error {
	if err := s.playback.failure(); err != nil {
		return err
	}
	return s.recording.Read(left, right)
}

// Close implements audioio.SpeakerStream.
func (s *Stream) Close() error {
	s.once.Do(func() {
		s.recording.conn.Close()
		s.playback.conn.Close()
	})
	return nil
}
