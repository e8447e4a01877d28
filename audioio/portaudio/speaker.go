//go:build portaudio

package portaudio

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gordonklaus/portaudio"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/dsp"
)

const (
	// stereo is what is carried; of a device with one channel both are the same.
	stereo = 2

	// room is for audio that waits on either side, in samples of both channels: 80 ms, which a ring
	// rounds up.
	room = stereo * maxQueue * audioio.BlockSize

	// audible is from what level on there is sound: -80 dBFS, above what the dither of 16 bits makes.
	audible = 1e-4
)

// Line records a device in stereo and knows whether anything is heard, whether it is read or not.
type Line struct {
	stream
	ring  *dsp.Ring     // interleaved
	fresh chan struct{} // one token: some has come
	heard chan struct{} // one token: there is sound
	read  atomic.Bool   // by a SpeakerStream
	lost  atomic.Uint64 // samples of a channel that found no room
	came  atomic.Int64  // time of the device's last call, in Unix nanoseconds
	sound atomic.Int64  // time of the last sound, likewise
}

// OpenLine starts to record a device by its name.
func (p *Library) OpenLine(name string) (*Line, error) {
	d, err := p.find(name, true)
	if err != nil {
		return nil, err
	}
	l := &Line{ring: dsp.NewRing(room), fresh: make(chan struct{}, 1), heard: make(chan struct{}, 1)}
	l.came.Store(time.Now().UnixNano())
	params := portaudio.LowLatencyParameters(d, nil)
	params.Input.Channels = min(d.MaxInputChannels, stereo)
	channels := params.Input.Channels
	var both [stereo * audioio.BlockSize]float32
	if err := l.open(d, params, func(in []float32) { l.take(widen(in, both[:], channels)) }); err != nil {
		return nil, err
	}
	return l, nil
}

// widen returns frames of two channels of those that a device gives.
func widen(in, both []float32, channels int) []float32 {
	if channels == stereo {
		return in
	}
	n := min(len(in), len(both)/stereo)
	for i, v := range in[:n] {
		both[stereo*i], both[stereo*i+1] = v, v
	}
	return both[:stereo*n]
}

// take takes what the device gives.
func (l *Line) take(frames []float32) {
	now := time.Now().UnixNano()
	l.came.Store(now)
	for _, v := range frames {
		if v > audible || v < -audible {
			l.sound.Store(now)
			put(l.heard)
			break
		}
	}
	if !l.read.Load() {
		return
	}
	if n := l.ring.Write(frames); n < len(frames) {
		l.lost.Add(uint64(len(frames)-n) / stereo)
	}
	put(l.fresh)
}

func put(token chan<- struct{}) {
	select {
	case token <- struct{}{}:
	default:
	}
}

// Heard has a token when there is sound.
func (l *Line) Heard() <-chan struct{} { return l.heard }

// Quiet returns for how long nothing was heard.
func (l *Line) Quiet() time.Duration { return time.Since(time.Unix(0, l.sound.Load())) }

// Failure says that the device has gone, as far as one that gives nothing tells; else it is nil.
func (l *Line) Failure() error {
	if time.Since(time.Unix(0, l.came.Load())) > goneAfter {
		return fmt.Errorf("record %q: %w: no audio for %v", l.name, audioio.ErrDeviceGone, goneAfter)
	}
	return nil
}

// SpeakerStream reads a Line and plays on a device. It implements audioio.SpeakerStream.
type SpeakerStream struct {
	stream    // the output
	line      *Line
	ring      *dsp.Ring // interleaved, to be played
	part      [stereo * audioio.MaxSamples]float32
	quiet     *time.Timer
	once      sync.Once
	ended     chan struct{}
	lost      uint64 // of the line, when it began
	dropped   atomic.Uint64
	underruns atomic.Uint64
	taken     atomic.Int64 // time of the output's last call, in Unix nanoseconds
	started   bool         // it has been given audio since it last ran dry; its callback's only
}

var _ audioio.SpeakerStream = (*SpeakerStream)(nil)

// OpenSpeakerStream starts to play on a device by its name what a line gives, which is read by one
// stream at a time.
func (p *Library) OpenSpeakerStream(line *Line, output string) (*SpeakerStream, error) {
	d, err := p.find(output, false)
	if err != nil {
		return nil, err
	}
	s := &SpeakerStream{line: line, ring: dsp.NewRing(room), quiet: time.NewTimer(goneAfter), ended: make(chan struct{}),
		lost: line.lost.Load()}
	s.taken.Store(time.Now().UnixNano())
	params := portaudio.LowLatencyParameters(nil, d)
	params.Output.Channels = min(d.MaxOutputChannels, stereo)
	channels := params.Output.Channels
	var both [stereo * audioio.BlockSize]float32
	if err := s.open(d, params, func(out []float32) { s.play(out, both[:], channels) }); err != nil {
		return nil, err
	}
	line.ring.Discard(line.ring.Len())
	line.read.Store(true)
	return s, nil
}

// play fills what the output asks for: what waits, or silence where that is too little.
func (s *SpeakerStream) play(out, both []float32, channels int) {
	s.taken.Store(time.Now().UnixNano())
	n := len(out) / channels * stereo
	if n > len(both) || s.ring.Len() < n {
		if s.started {
			s.started = false
			s.underruns.Add(1)
		}
		clear(out)
		return
	}
	s.started = true
	if channels == stereo {
		s.ring.Read(out)
		return
	}
	s.ring.Read(both[:n])
	for i := range out {
		out[i] = (both[stereo*i] + both[stereo*i+1]) / 2
	}
}

// OwnThread implements audioio.SpeakerStream: the devices have threads of their own.
func (s *SpeakerStream) OwnThread() {}

// Read implements audioio.SpeakerStream. It does not allocate.
func (s *SpeakerStream) Read(left, right *audioio.Block) error {
	s.quiet.Reset(goneAfter)
	for {
		select {
		case <-s.ended:
			return fmt.Errorf("record %q: %w", s.line.name, audioio.ErrClosed)
		default:
		}
		if time.Since(time.Unix(0, s.taken.Load())) > goneAfter {
			return fmt.Errorf("play on %q: %w: it has taken no audio for %v", s.name, audioio.ErrDeviceGone, goneAfter)
		}
		if s.line.ring.Len() >= stereo*audioio.BlockSize {
			break
		}
		select {
		case <-s.line.fresh:
		case <-s.ended:
		case <-s.quiet.C:
			return fmt.Errorf("record %q: %w: no audio for %v", s.line.name, audioio.ErrDeviceGone, goneAfter)
		}
	}
	s.line.ring.Read(s.part[:stereo*audioio.BlockSize])
	for i := range left {
		left[i], right[i] = s.part[stereo*i], s.part[stereo*i+1]
	}
	return nil
}

// Waiting implements audioio.SpeakerStream.
func (s *SpeakerStream) Waiting() int { return s.line.ring.Len() / stereo }

// Write implements audioio.SpeakerStream. It does not allocate.
func (s *SpeakerStream) Write(left, right []float32) error {
	if len(left) != len(right) || len(left) > audioio.MaxSamples {
		return fmt.Errorf("play on %q: %d and %d samples at once; use as many of both, at most %d", s.name, len(left),
			len(right), audioio.MaxSamples)
	}
	p := s.part[:stereo*len(left)]
	for i, v := range left {
		p[stereo*i], p[stereo*i+1] = v, right[i]
	}
	if n := s.ring.Write(p); n < len(p) {
		s.dropped.Add(uint64(len(p)-n) / stereo)
	}
	return nil
}

// Fill implements audioio.SpeakerStream. What waits in the output's own buffer is not known.
func (s *SpeakerStream) Fill() audioio.Fill {
	return audioio.Fill{Queued: s.ring.Len() / stereo, Wanted: audioio.BlockSize + spare}
}

// Stats implements audioio.SpeakerStream.
func (s *SpeakerStream) Stats() audioio.SinkStats {
	return audioio.SinkStats{Dropped: s.dropped.Load() + s.line.lost.Load() - s.lost, Underruns: s.underruns.Load()}
}

// Close implements audioio.SpeakerStream; the line goes on.
func (s *SpeakerStream) Close() error {
	s.once.Do(func() {
		s.line.read.Store(false)
		close(s.ended)
	})
	return s.stream.Close()
}
