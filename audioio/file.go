package audioio

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// SampleReader reads the samples of a file of any format.
type SampleReader interface {
	Rate() int     // frames per second
	Channels() int // samples per frame
	Frames() int64 // in the whole file, -1 if unknown

	// Read fills p with whole frames, samples interleaved, full scale ±1, and
	// returns how many frames it read. At the end it returns 0 and io.EOF, or
	// an error that is ErrTruncated.
	Read(p []float32) (frames int, err error)
}

// SampleWriter writes samples to a file of any format.
type SampleWriter interface {
	Rate() int
	Channels() int

	// Write appends whole frames, samples interleaved, full scale ±1.
	Write(p []float32) error

	// Close completes the file.
	Close() error
}

// FileSource is a Source that plays a file. Several channels are mixed to one
// by their mean.
type FileSource struct {
	r      SampleReader
	frames []float32
	pace   *pacer // nil: as fast as possible
	err    error

	once sync.Once
	done chan struct{}
}

// NewFileSource returns a Source that plays r, which must have a rate of
// 48 kHz: the package resamples nothing. In real time it delivers a block every
// 10 ms, otherwise as fast as it is read. Close closes r if it can be closed.
func NewFileSource(r SampleReader, realTime bool) (*FileSource, error) {
	if r.Rate() != SampleRate {
		return nil, fmt.Errorf("play a file: its rate is %d Hz, %d is needed; convert it first", r.Rate(), SampleRate)
	}
	s := &FileSource{r: r, frames: make([]float32, BlockSize*r.Channels()), done: make(chan struct{})}
	if realTime {
		s.pace = new(pacer)
	}
	return s, nil
}

// ReadBlock returns the next 10 ms. The last block is filled up with silence,
// then follows io.EOF, or an error that is ErrTruncated.
func (s *FileSource) ReadBlock(b *Block) error {
	select {
	case <-s.done:
		return fmt.Errorf("read a file: %w", ErrClosed)
	default:
	}
	channels := s.r.Channels()
	got := 0
	for got < BlockSize && s.err == nil {
		var n int
		n, s.err = s.r.Read(s.frames[got*channels:])
		got += n
	}
	if got == 0 {
		return s.err
	}
	clear(b[got:])
	mixDown(b[:got], s.frames, channels)
	if s.pace != nil {
		return s.pace.wait(s.done)
	}
	return nil
}

// mixDown sets dst to the mean of interleaved channels.
func mixDown(dst, interleaved []float32, channels int) {
	if channels == 1 {
		copy(dst, interleaved)
		return
	}
	for i := range dst {
		sum := float32(0)
		for _, v := range interleaved[i*channels:][:channels] {
			sum += v
		}
		dst[i] = sum / float32(channels)
	}
}

// Close stops the source and wakes a ReadBlock that waits for its time.
func (s *FileSource) Close() (err error) {
	s.once.Do(func() {
		close(s.done)
		if c, ok := s.r.(io.Closer); ok {
			err = c.Close()
		}
	})
	return err
}

// pacer lets one block pass every 10 ms, measured from the first, so that
// delays do not add up.
type pacer struct {
	start  time.Time
	blocks int64
}

// wait returns when the next block is due, or ErrClosed when done is closed.
func (p *pacer) wait(done <-chan struct{}) error {
	if p.start.IsZero() {
		p.start = time.Now()
	}
	// A block is complete 10 ms after it began, like a microphone's.
	p.blocks++
	due := p.start.Add(time.Duration(p.blocks) * time.Second * BlockSize / SampleRate)
	t := time.NewTimer(time.Until(due))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-done:
		return fmt.Errorf("read a file: %w", ErrClosed)
	}
}

// FileSink is a Sink that records into a file, at the pace of its writer. Every
// channel of the file gets the same signal.
type FileSink struct {
	mu     sync.Mutex // Close may come from another goroutine
	w      SampleWriter
	frames []float32
	closed bool
}

// NewFileSink returns a Sink that records into w, which must have a rate of
// 48 kHz. Close closes w.
func NewFileSink(w SampleWriter) (*FileSink, error) {
	if w.Rate() != SampleRate {
		return nil, fmt.Errorf("record into a file: its rate is %d Hz, %d is needed", w.Rate(), SampleRate)
	}
	return &FileSink{w: w, frames: make([]float32, BlockSize*w.Channels())}, nil
}

// WriteBlock appends b to the file.
func (s *FileSink) WriteBlock(b *Block) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fmt.Errorf("record into a file: %w", ErrClosed)
	}
	channels := s.w.Channels()
	for i, v := range b {
		for c := range channels {
			s.frames[i*channels+c] = v
		}
	}
	return s.w.Write(s.frames)
}

// Fill returns zero: nothing waits, and the writer sets the pace.
func (s *FileSink) Fill() Fill { return Fill{} }

// Close completes the file.
func (s *FileSink) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return s.w.Close()
}

var (
	_ Source       = (*FileSource)(nil)
	_ Sink         = (*FileSink)(nil)
	_ SampleReader = (*WAVReader)(nil)
	_ SampleWriter = (*WAVWriter)(nil)
)

// IsEnd says whether err is the end of a file, complete or truncated: all that
// was there has been read.
func IsEnd(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, ErrTruncated) }
