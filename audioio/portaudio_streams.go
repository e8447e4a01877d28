//go:build portaudio

package audioio

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/gordonklaus/portaudio"
)

// PortSource records a device through PortAudio.
type PortSource struct {
	portStream
	queue *blockQueue
	quiet *time.Timer
}

// OpenSource starts to record a device by its name, or the default input when
// name is "".
func (p *PortAudio) OpenSource(name string) (*PortSource, error) {
	d, err := p.find(name, true)
	if err != nil {
		return nil, err
	}
	s := &PortSource{queue: newBlockQueue(), quiet: time.NewTimer(portSilence)}
	params := portaudio.LowLatencyParameters(d, nil)
	params.Input.Channels = min(d.MaxInputChannels, 2)
	channels := params.Input.Channels
	if err := s.open(d, params, func(in []float32) { s.queue.fillFloats(in, channels) }); err != nil {
		return nil, err
	}
	return s, nil
}

// ReadBlock implements Source. It does not allocate.
func (s *PortSource) ReadBlock(b *Block) error {
	s.quiet.Reset(portSilence)
	for {
		select {
		case <-s.done:
			return fmt.Errorf("record %q: %w", s.name, ErrClosed)
		default:
		}
		if s.queue.pop(b) {
			return nil
		}
		select {
		case <-s.queue.fresh:
		case <-s.done:
		case <-s.quiet.C:
			return fmt.Errorf("record %q: %w: no audio for %v", s.name, ErrDeviceGone, portSilence)
		}
	}
}

// Dropped returns the samples lost because ReadBlock was not called in time.
func (s *PortSource) Dropped() uint64 { return s.queue.dropped() }

// PortSink plays into a device through PortAudio.
type PortSink struct {
	portStream
	queue     *blockQueue
	trim      trimmer
	started   bool // the device has been given audio since it last ran dry; its callback's only
	underruns atomic.Uint64
	stale     atomic.Uint64 // samples thrown away unplayed
	taken     atomic.Int64  // time of the device's last call, in Unix nanoseconds
}

const (
	// portPrebuf is the number of blocks gathered before playback starts, at
	// first and after it ran dry.
	portPrebuf = 2

	// portMost is the number of blocks that may wait: 80 ms.
	portMost = 8
)

// OpenSink starts to play into a device by its name, or the default output
// when name is "".
func (p *PortAudio) OpenSink(name string) (*PortSink, error) {
	d, err := p.find(name, false)
	if err != nil {
		return nil, err
	}
	s := &PortSink{queue: newBlockQueue()}
	s.taken.Store(time.Now().UnixNano())
	params := portaudio.LowLatencyParameters(nil, d)
	params.Output.Channels = min(d.MaxOutputChannels, 2)
	channels := params.Output.Channels
	var b Block
	if err := s.open(d, params, func(out []float32) { s.play(out, &b, channels) }); err != nil {
		return nil, err
	}
	return s, nil
}

// play fills what the device asks for: the same on every channel, or silence.
func (s *PortSink) play(out []float32, b *Block, channels int) {
	s.taken.Store(time.Now().UnixNano())
	// What gathered while the device was starting, or stood still, is stale.
	if n := s.queue.len(); !s.started && n > portPrebuf || n > portMost {
		for ; n > portPrebuf && s.queue.pop(b); n-- {
			s.stale.Add(BlockSize)
		}
	}
	ready := s.started || s.queue.len() >= portPrebuf
	if !ready || len(out) != BlockSize*channels || !s.queue.pop(b) {
		if s.started {
			s.started = false
			s.underruns.Add(1)
		}
		clear(out)
		return
	}
	s.started = true
	for i, v := range b {
		for c := range channels {
			out[i*channels+c] = v
		}
	}
}

// WriteBlock implements Sink. It does not allocate.
func (s *PortSink) WriteBlock(b *Block) error { return s.WriteSamples(b[:]) }

// WriteSamples implements SampleSink.
func (s *PortSink) WriteSamples(b []float32) error {
	if len(b) > maxWrite {
		return fmt.Errorf("play into %q: %d samples at once, %d are possible", s.name, len(b), maxWrite)
	}
	select {
	case <-s.done:
		return fmt.Errorf("play into %q: %w", s.name, ErrClosed)
	default:
	}
	if since := time.Since(time.Unix(0, s.taken.Load())); since > portSilence {
		return fmt.Errorf("play into %q: %w: it has taken no audio for %v", s.name, ErrDeviceGone, portSilence)
	}
	fill := s.Fill()
	s.queue.fillFloats(s.trim.next(b, fill.Queued-fill.Wanted), 1)
	return nil
}

// Fill implements Sink. What waits in the device's own buffer is not known.
func (s *PortSink) Fill() Fill {
	return Fill{Queued: s.queue.len() * BlockSize, Wanted: BlockSize + PlaybackSpare/2}
}

// Stats counts what went wrong since OpenSink.
func (s *PortSink) Stats() SinkStats {
	return SinkStats{Dropped: s.queue.dropped() + s.stale.Load(), Underruns: s.underruns.Load()}
}
