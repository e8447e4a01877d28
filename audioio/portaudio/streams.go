//go:build portaudio

package portaudio

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/gordonklaus/portaudio"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/internal/queue"
)

// Source records a device through Library.
type Source struct {
	stream
	queue *queue.Blocks
	quiet *time.Timer
}

var (
	_ audioio.Source      = (*Source)(nil)
	_ audioio.LossCounter = (*Source)(nil)

	_ audioio.SampleSink    = (*Sink)(nil)
	_ audioio.StatsReporter = (*Sink)(nil)
)

// OpenSource starts to record a device by its name, or the default input when
// name is "".
func (p *Library) OpenSource(name string) (*Source, error) {
	d, err := p.find(name, true)
	if err != nil {
		return nil, err
	}
	s := &Source{queue: queue.NewBlocks(), quiet: time.NewTimer(goneAfter)}
	params := portaudio.LowLatencyParameters(d, nil)
	params.Input.Channels = min(d.MaxInputChannels, 2)
	channels := params.Input.Channels
	if err := s.open(d, params, func(in []float32) { s.queue.FillFloats(in, channels) }); err != nil {
		return nil, err
	}
	return s, nil
}

// ReadBlock implements Source. It does not allocate.
func (s *Source) ReadBlock(b *audioio.Block) error {
	s.quiet.Reset(goneAfter)
	for {
		select {
		case <-s.done:
			return fmt.Errorf("record %q: %w", s.name, audioio.ErrClosed)
		default:
		}
		if s.queue.Pop(b) {
			return nil
		}
		select {
		case <-s.queue.Ready():
		case <-s.done:
		case <-s.quiet.C:
			return fmt.Errorf("record %q: %w: no audio for %v", s.name, audioio.ErrDeviceGone, goneAfter)
		}
	}
}

// Dropped returns the samples lost because ReadBlock was not called in time.
func (s *Source) Dropped() uint64 { return s.queue.Dropped() }

// Sink plays into a device through Library.
type Sink struct {
	stream
	queue     *queue.Blocks
	trim      queue.Trimmer
	started   bool // the device has been given audio since it last ran dry; its callback's only
	underruns atomic.Uint64
	stale     atomic.Uint64 // samples thrown away unplayed
	taken     atomic.Int64  // time of the device's last call, in Unix nanoseconds
}

const (
	// prebuffer is the number of blocks gathered before playback starts, at
	// first and after it ran dry.
	prebuffer = 2

	// maxQueue is the number of blocks that may wait: 80 ms.
	maxQueue = 8

	// spare is audio, in samples, that lies ready beyond a block: 4.5 ms, half of
	// what a null sink of a pulse server keeps.
	spare = 216
)

// OpenSink starts to play into a device by its name, or the default output
// when name is "".
func (p *Library) OpenSink(name string) (*Sink, error) {
	d, err := p.find(name, false)
	if err != nil {
		return nil, err
	}
	s := &Sink{queue: queue.NewBlocks()}
	s.taken.Store(time.Now().UnixNano())
	params := portaudio.LowLatencyParameters(nil, d)
	params.Output.Channels = min(d.MaxOutputChannels, 2)
	channels := params.Output.Channels
	var b audioio.Block
	if err := s.open(d, params, func(out []float32) { s.play(out, &b, channels) }); err != nil {
		return nil, err
	}
	return s, nil
}

// play fills what the device asks for: the same on every channel, or silence.
func (s *Sink) play(out []float32, b *audioio.Block, channels int) {
	s.taken.Store(time.Now().UnixNano())
	// What gathered while the device was starting, or stood still, is stale.
	if n := s.queue.Len(); !s.started && n > prebuffer || n > maxQueue {
		for ; n > prebuffer && s.queue.Pop(b); n-- {
			s.stale.Add(audioio.BlockSize)
		}
	}
	ready := s.started || s.queue.Len() >= prebuffer
	if !ready || len(out) != audioio.BlockSize*channels || !s.queue.Pop(b) {
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
func (s *Sink) WriteBlock(b *audioio.Block) error { return s.WriteSamples(b[:]) }

// WriteSamples implements SampleSink.
func (s *Sink) WriteSamples(b []float32) error {
	if len(b) > audioio.MaxSamples {
		return fmt.Errorf("play into %q: %d samples at once; use at most %d", s.name, len(b), audioio.MaxSamples)
	}
	select {
	case <-s.done:
		return fmt.Errorf("play into %q: %w", s.name, audioio.ErrClosed)
	default:
	}
	if since := time.Since(time.Unix(0, s.taken.Load())); since > goneAfter {
		return fmt.Errorf("play into %q: %w: it has taken no audio for %v", s.name, audioio.ErrDeviceGone, goneAfter)
	}
	fill := s.Fill()
	s.queue.FillFloats(s.trim.Next(b, fill.Queued-fill.Wanted), 1)
	return nil
}

// Fill implements Sink. What waits in the device's own buffer is not known.
func (s *Sink) Fill() audioio.Fill {
	return audioio.Fill{Queued: s.queue.Len() * audioio.BlockSize, Wanted: audioio.BlockSize + spare}
}

// Stats counts what went wrong since OpenSink.
func (s *Sink) Stats() audioio.SinkStats {
	return audioio.SinkStats{Dropped: s.queue.Dropped() + s.stale.Load(), Underruns: s.underruns.Load()}
}
