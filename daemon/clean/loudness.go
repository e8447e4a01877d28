package clean

import (
	"context"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/stillmic/stillmic/audioio"
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
	file  *os.File
	out   *audioio.WAVWriter
	meter *measure.Meter
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
	s := &spool{file: f}
	if s.meter, err = measure.NewMeter(rate, channels); err == nil {
		s.out, err = audioio.NewWAVWriter(f, audioio.WAVFormat{Rate: rate, Channels: channels, Encoding: audioio.Float32})
	}
	if err != nil {
		return nil, errors.Join(err, s.remove())
	}
	return s, nil
}

func (s *spool) remove() error { return errors.Join(s.file.Close(), os.Remove(s.file.Name())) }

// write appends frames.
func (s *spool) write(p []float32) error {
	s.meter.Write(p)
	if err := s.out.Write(p); err != nil {
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
	if err := s.out.Close(); err != nil {
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
		m, err := measure.NewMeter(s.out.Rate(), s.out.Channels())
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
	in, err := audioio.NewWAVReader(s.file)
	if err != nil {
		return cannot("read", s.file.Name(), err)
	}
	p := make([]float32, chunk*in.Channels())
	g := float32(dsp.Gain(gain))
	var hold *limiter
	if ceiling != nil {
		hold = newLimiter(*ceiling, in.Channels())
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := in.Read(p)
		if err != nil && !errors.Is(err, io.EOF) {
			return cannot("read", s.file.Name(), err)
		}
		out := p[:n*in.Channels()]
		for i := range out {
			out[i] *= g
		}
		if hold != nil {
			out = hold.process(out, n == 0)
		}
		if err := take(out); err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
	}
}

// limiter holds the peaks of interleaved frames down, all channels with one gain,
// and makes up for its delay.
type limiter struct {
	*dsp.Limiter
	channels [][]float32
	out      []float32
	skip     int // frames of the delay still to come
}

func newLimiter(ceiling float64, channels int) *limiter {
	return &limiter{Limiter: dsp.NewLinkedLimiter(ceiling, channels), channels: make([][]float32, channels), skip: dsp.LimiterDelay}
}

// process returns the frames that are complete; at the end, the rest.
func (l *limiter) process(p []float32, end bool) []float32 {
	n := len(l.channels)
	if end {
		p = make([]float32, dsp.LimiterDelay*n)
	}
	for c := range l.channels {
		l.channels[c] = pick(l.channels[c], p, c, n)
	}
	l.Process(l.channels...)
	l.out = l.out[:0]
	for c, x := range l.channels {
		l.out = weave(l.out, x, c, n)
	}
	drop := min(l.skip, len(p)/n)
	l.skip -= drop
	return l.out[drop*n:]
}
