package clean

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/stillmic/stillmic/daemon/measure"
	"github.com/stillmic/stillmic/dsp"
)

// Loudness says how a result was brought to its loudness.
type Loudness struct {
	Before     measure.Decibels `json:"before_lufs"` // of the cleaned recording
	Integrated measure.Decibels `json:"integrated_lufs"`
	TruePeak   measure.Decibels `json:"true_peak_dbtp"`
	Gain       measure.Decibels `json:"gain_db"`
	Limited    bool             `json:"limited"` // peaks were held below the ceiling
}

// spool keeps cleaned samples in a file until their loudness is known: a second
// run of the suppressor would take far longer than the disk.
type spool struct {
	file     *os.File
	out      *bufio.Writer
	meter    *measure.Meter
	rate     int
	channels int
	raw      []byte
}

// newSpool makes a spool beside an output, where there must be room anyway, or
// in the folder for temporary files if that is no file.
func newSpool(p *pending, rate, channels int) (*spool, error) {
	dir, base := filepath.Dir(p.target), filepath.Base(p.target)
	if p.direct {
		dir, base = os.TempDir(), "stillmic"
	}
	f, err := os.CreateTemp(dir, "."+base+".*.spool")
	if err != nil {
		return nil, cannot("write", p.target, err)
	}
	m, err := measure.NewMeter(rate, channels)
	if err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return &spool{file: f, out: bufio.NewWriterSize(f, 64<<10), meter: m, rate: rate, channels: channels}, nil
}

func (s *spool) remove() error { return errors.Join(s.file.Close(), os.Remove(s.file.Name())) }

// write appends frames.
func (s *spool) write(p []float32) error {
	s.meter.Write(p)
	s.raw = s.raw[:0]
	for _, v := range p {
		s.raw = binary.LittleEndian.AppendUint32(s.raw, math.Float32bits(v))
	}
	if _, err := s.out.Write(s.raw); err != nil {
		return cannot("write", s.file.Name(), err)
	}
	return nil
}

const (
	// near is how close to its target a loudness is brought, in LU.
	near = 0.05

	// tries bounds the passes. What the limiter takes away is made up for by more
	// gain; how much of a dB still arrives is learnt from the last two passes, but
	// not believed to be less than slope.
	tries = 12
	slope = 0.1
)

// normalise writes all frames with the gain that brings them to target LUFS,
// peaks held below ceiling dBTP.
func (s *spool) normalise(ctx context.Context, target, ceiling float64, write func([]float32) error) (*Loudness, error) {
	if err := s.out.Flush(); err != nil {
		return nil, cannot("write", s.file.Name(), err)
	}
	before, peak := s.meter.Finish()
	l := &Loudness{Before: before, Integrated: before, TruePeak: peak}
	if !before.Known() {
		return l, s.pass(ctx, 0, nil, write) // silence stays silence
	}
	gain := target - float64(before)
	if float64(peak)+gain <= ceiling {
		l.Gain, l.Integrated, l.TruePeak = measure.Decibels(gain), before+measure.Decibels(gain), peak+measure.Decibels(gain)
		return l, s.pass(ctx, gain, nil, write)
	}
	l.Limited = true
	// The limiter and the meter look between the samples at rates that may
	// differ; a hair below the ceiling both agree.
	ceiling -= 0.05
	lastGain, lastLoudness := 0.0, float64(before)
	for range tries {
		m, err := measure.NewMeter(s.rate, s.channels)
		if err != nil {
			return nil, err
		}
		if err := s.pass(ctx, gain, &ceiling, func(p []float32) error { m.Write(p); return nil }); err != nil {
			return nil, err
		}
		l.Integrated, l.TruePeak = m.Finish()
		l.Gain = measure.Decibels(gain)
		off := target - float64(l.Integrated)
		if math.Abs(off) <= near {
			break
		}
		arrives := (float64(l.Integrated) - lastLoudness) / (gain - lastGain)
		lastGain, lastLoudness = gain, float64(l.Integrated)
		gain += off / min(max(arrives, slope), 1)
	}
	return l, s.pass(ctx, float64(l.Gain), &ceiling, write)
}

// pass reads all frames and hands them on with a gain in dB, limited to a ceiling
// in dBTP if there is one.
func (s *spool) pass(ctx context.Context, gain float64, ceiling *float64, take func([]float32) error) error {
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return cannot("read", s.file.Name(), err)
	}
	in := bufio.NewReaderSize(s.file, 64<<10)
	raw := make([]byte, 4*chunk*s.channels)
	p := make([]float32, 0, chunk*s.channels)
	g := float32(dsp.Gain(gain))
	if gain == 0 {
		g = 1
	}
	var hold *limiters
	if ceiling != nil {
		hold = newLimiters(*ceiling, s.channels)
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.ReadFull(in, raw)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return cannot("read", s.file.Name(), err)
		}
		p = p[:n/4]
		for i := range p {
			p[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])) * g
		}
		out := p
		if hold != nil {
			out = hold.process(p, n == 0)
		}
		if err := take(out); err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
	}
}

// limiters hold the peaks of every channel down and make up for their delay.
type limiters struct {
	channels []*dsp.Limiter
	one      []float32
	out      []float32
	skip     int // frames of the delay still to come
}

func newLimiters(ceiling float64, channels int) *limiters {
	l := &limiters{skip: dsp.LimiterDelay}
	for range channels {
		l.channels = append(l.channels, dsp.NewLimiter(ceiling))
	}
	return l
}

// process returns the frames that are complete; at the end, the rest.
func (l *limiters) process(p []float32, end bool) []float32 {
	n := len(l.channels)
	if end {
		p = make([]float32, dsp.LimiterDelay*n)
	}
	l.out = append(l.out[:0], p...)
	for c, lim := range l.channels {
		l.one = l.one[:0]
		for i := c; i < len(p); i += n {
			l.one = append(l.one, p[i])
		}
		lim.Process(l.one)
		for i, v := range l.one {
			l.out[i*n+c] = v
		}
	}
	drop := min(l.skip, len(p)/n)
	l.skip -= drop
	return l.out[drop*n:]
}
