// Package audition reads a recording before and after in step, so that a listener changes
// from one to the other at the same place.
package audition

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/dsp"
)

// Side is what is heard of a Pair.
type Side int32

// The sides of a pair.
const (
	Before Side = iota
	After
)

// String returns the side's name.
func (s Side) String() string {
	if s == Before {
		return "before"
	}
	return "after"
}

// Pair is a recording before and after, as mono of 48 kHz. One goroutine reads; any may
// choose the side.
type Pair struct {
	sides [2]*track
	heard atomic.Int32
	was   Side // of the last hop
	hops  [2][]float32
	fade  [dsp.Hop]float32
	read  int64 // samples
}

// Open opens the two files.
func Open(before, after string) (*Pair, error) {
	p := &Pair{}
	for i, path := range []string{before, after} {
		t, err := openTrack(path)
		if err != nil {
			return nil, errors.Join(err, p.Close())
		}
		p.sides[i], p.hops[i] = t, make([]float32, dsp.Hop)
	}
	for i := range p.fade {
		p.fade[i] = float32(i+1) / dsp.Hop
	}
	return p, nil
}

// Hear has the next hop be of a side.
func (p *Pair) Hear(s Side) { p.heard.Store(int32(s)) }

// Heard returns the side that is heard.
func (p *Pair) Heard() Side { return Side(p.heard.Load()) }

// Seconds returns how much was read.
func (p *Pair) Seconds() float64 { return float64(p.read) / dsp.SampleRate }

// Read fills hop, of dsp.Hop samples, with what is heard, and returns how many there are;
// a change of the side is faded over it. After the last of either comes io.EOF.
func (p *Pair) Read(hop []float32) (n int, err error) {
	n = dsp.Hop
	for i, t := range p.sides {
		got, err := t.read(p.hops[i])
		if err != nil {
			return 0, err
		}
		n = min(n, got)
	}
	if n == 0 {
		return 0, io.EOF
	}
	now := p.Heard()
	from, to := p.hops[p.was], p.hops[now]
	for i := range n {
		hop[i] = from[i] + p.fade[i]*(to[i]-from[i])
	}
	if p.was == now {
		copy(hop, to[:n])
	}
	p.was = now
	p.read += int64(n)
	return n, nil
}

// Close closes both files.
func (p *Pair) Close() error {
	var errs []error
	for _, t := range p.sides {
		if t != nil {
			errs = append(errs, t.r.Close())
		}
	}
	return errors.Join(errs...)
}

// track reads a recording as mono of 48 kHz.
type track struct {
	r       recording.Reader
	path    string
	convert *dsp.RateConverter
	frames  []float32
	mono    []float32
	waiting []float32
	ended   bool
}

func openTrack(path string) (*track, error) {
	r, err := recording.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot play: %w", err)
	}
	t := &track{r: r, path: path, frames: make([]float32, 4096*r.Channels()), mono: make([]float32, 4096)}
	if t.convert, err = dsp.NewRateConverter(r.Rate(), dsp.SampleRate); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot play %s: %w", path, err), r.Close())
	}
	return t, nil
}

// read fills hop and returns how many samples there were.
func (t *track) read(hop []float32) (int, error) {
	for len(t.waiting) < len(hop) && !t.ended {
		n, err := t.r.Read(t.frames)
		switch {
		case n > 0:
			mono := t.mono[:n]
			pcm.MixDown(mono, t.frames[:n*t.r.Channels()], t.r.Channels())
			t.waiting = t.convert.Convert(t.waiting, mono)
		case pcm.IsEnd(err), errors.Is(err, pcm.ErrTruncated):
			t.ended = true
			t.waiting = t.convert.Flush(t.waiting)
		default:
			return 0, fmt.Errorf("cannot play %s: %w", t.path, err)
		}
	}
	n := copy(hop, t.waiting)
	t.waiting = t.waiting[:copy(t.waiting, t.waiting[n:])]
	return n, nil
}
