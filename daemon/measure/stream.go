package measure

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/dsp"
)

// stream reads a recording piece by piece, as one channel of a rate.
type stream struct {
	r       recording.Reader
	path    string
	rate    int
	convert *dsp.RateConverter
	buffer  []float32
	waiting []float32
	some    bool // it holds samples
	ended   bool
}

// openStream opens a recording, to be read at a rate, its own for 0.
func openStream(path string, rate int) (*stream, error) {
	r, err := recording.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot measure: %w", err)
	}
	s := &stream{r: r, path: path, rate: rate, buffer: make([]float32, 4800*r.Channels())}
	if rate == 0 {
		s.rate = r.Rate()
	}
	if s.convert, err = dsp.NewRateConverter(r.Rate(), s.rate); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot measure %s: %w", path, err), r.Close())
	}
	return s, nil
}

// fill reads until n samples of each are waiting, or all that are left.
func fill(ctx context.Context, n int, streams ...*stream) error {
	for _, s := range streams {
		for len(s.waiting) < n && !s.ended {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := s.read(); err != nil {
				return err
			}
		}
	}
	return nil
}

// read takes the next piece.
func (s *stream) read() error {
	n, err := s.r.Read(s.buffer)
	if n == 0 {
		s.ended = true
		s.waiting = s.convert.Flush(s.waiting)
		return ended(s.path, s.some, err)
	}
	s.some = true
	s.waiting = s.convert.Convert(s.waiting, mix(s.buffer[:n*s.r.Channels()], s.r.Channels()))
	return nil
}

// ended judges how a recording ended, of which there was something or not. A
// truncated one is an error.
func ended(path string, some bool, err error) error {
	switch {
	case !errors.Is(err, io.EOF):
		return fmt.Errorf("cannot measure %s: %w", path, err)
	case !some:
		return fmt.Errorf("cannot measure %s: it holds no samples", path)
	}
	return nil
}

// drop takes the first n samples away; none for less than 1.
func (s *stream) drop(n int) {
	n = min(max(n, 0), len(s.waiting))
	s.waiting = s.waiting[:copy(s.waiting, s.waiting[n:])]
}

// each reads all of a recording and hands on frame after frame, interleaved.
func each(ctx context.Context, r recording.Reader, path string, take func([]float32)) error {
	buffer := make([]float32, 4800*r.Channels())
	some := false
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(buffer)
		if n == 0 {
			return ended(path, some, err)
		}
		some = true
		take(buffer[:n*r.Channels()])
	}
}

// mix writes the mean of the channels to the front of p and returns it.
func mix(p []float32, channels int) []float32 {
	mean := p[:len(p)/channels]
	pcm.MixDown(mean, p, channels)
	return mean
}
