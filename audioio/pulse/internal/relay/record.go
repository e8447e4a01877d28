package relay

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/jfreymuth/pulse/proto"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse/internal/wire"
	"github.com/stillmic/stillmic/dsp"
)

const (
	// fragment is what the server sends at once: 10 ms, in bytes.
	fragment = frameBytes * audioio.BlockSize

	// recordFragments is what it keeps where nobody reads: 200 ms.
	recordFragments = 20

	// room is for what has been read from the connection and not by the owner, in frames.
	room = 16384
)

// recording is the stream from a monitor. Whoever reads it reads the connection, too, so what
// has come and was not read is that goroutine's alone.
type recording struct {
	conn    *wire.Conn
	monitor string
	came    *dsp.Ring // interleaved
	part    [2 * audioio.BlockSize]float32

	pumping   bool
	ownThread bool
}

// openRecording begins to record a monitor.
func openRecording(addrs []wire.Address, monitor string) (*recording, error) {
	r := &recording{monitor: monitor, came: dsp.NewRing(channels * room)}
	var err error
	r.conn, err = wire.Connect(context.Background(), addrs, "speaker capture",
		wire.Hooks{Audio: r.audio, Message: r.message, Pumped: true, Frame: frameBytes})
	if err != nil {
		return nil, err
	}
	err = r.conn.Request("record", &proto.CreateRecordStream{
		SampleSpec:         proto.SampleSpec{Format: proto.FormatFloat32LE, Channels: channels, Rate: audioio.SampleRate},
		ChannelMap:         stereo,
		SourceIndex:        proto.Undefined,
		SourceName:         monitor,
		BufferMaxLength:    recordFragments * fragment,
		BufferFragSize:     fragment,
		AdjustLatency:      true,
		NoMove:             true,
		DirectOnInputIndex: proto.Undefined,
		ChannelVolumes:     proto.ChannelVolumes{proto.VolumeNorm, proto.VolumeNorm},
		VolumeSet:          true,
		Properties: wire.Props("media.name", "Sound for Stillmic Speaker", "media.role", "production",
			"state.restore-props", "false", "state.restore-target", "false",
			"module-stream-restore.id", "stillmic-speaker-capture"),
	}, &proto.CreateRecordStreamReply{})
	if err != nil {
		r.conn.Close()
		return nil, err
	}
	return r, nil
}

// OwnThread implements audioio.SpeakerStream.
func (r *recording) OwnThread() { r.ownThread = true }

// Read waits for what programs play.
func (r *recording) Read(left, right *audioio.Block) error {
	for {
		if err := r.conn.Failure(); err != nil {
			return fmt.Errorf("record %q: %w", r.monitor, err)
		}
		if r.came.Len() >= len(r.part) {
			break
		}
		if !r.pumping {
			r.pumping = true
			r.conn.Pump.Adopt(r.ownThread)
			continue
		}
		_ = r.conn.Pump.Step() // Failure says what was wrong
	}
	r.came.Read(r.part[:])
	for i := range left {
		left[i], right[i] = r.part[2*i], r.part[2*i+1]
	}
	return nil
}

// Waiting implements audioio.SpeakerStream.
func (r *recording) Waiting() int { return r.came.Len() / channels }

// audio takes what was recorded, whole frames.
func (r *recording) audio(_ uint32, p []byte) {
	var some [fragment / 4]float32
	for len(p) >= frameBytes {
		n := min(len(some), len(p)/frameBytes*channels)
		for i := range n {
			some[i] = math.Float32frombits(binary.LittleEndian.Uint32(p[4*i:]))
		}
		r.came.Write(some[:n]) // what has no room is lost: nobody has read for a third of a second
		p = p[4*n:]
	}
}

// message takes the server's news of the stream.
func (r *recording) message(msg any) {
	switch msg.(type) {
	case *proto.RecordStreamKilled, *proto.RecordStreamMoved:
		r.conn.Fail(audioio.ErrDeviceGone)
	}
}
