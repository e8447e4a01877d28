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

// Open begins to record a monitor and to play on an output.
func Open(addrs []wire.Address, monitor, output string) (*Stream, error) {
	play, err := openPlayback(addrs, output)
	if err != nil {
		return nil, fmt.Errorf("play on %q: %w", output, err)
	}
	record, err := openRecording(addrs, monitor)
	if err != nil {
		play.conn.Close()
		return nil, fmt.Errorf("record %q: %w", monitor, err)
	}
	return &Stream{recording: record, playback: play}, nil
}

// Close implements audioio.SpeakerStream.
func (s *Stream) Close() error {
	s.once.Do(func() {
		s.recording.conn.Close()
		s.playback.conn.Close()
	})
	return nil
}
