package clean

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/stillmic/stillmic/audioio/atomicfile"
	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/wav"
	"github.com/stillmic/stillmic/daemon/measure"
	"github.com/stillmic/stillmic/dsp"
)

// Loudness says how a result was brought to its loudness.
type Loudness struct {
	Before     measure.Decibels `json:"before_lufs"` // of the cleaned recording
	Integrated measure.Decibels `json:"integrated_lufs"`
	TruePeak   measure.Decibels `json:"true_peak_dbtp"`
	Gain       measure.Decibels `json:"gain_db"`
	Limited    bool             `json:"limited"`           // peaks were held below the ceiling
	Warning    string           `json:"warning,omitempty"` // why it is not the loudness asked for

	silent bool // nobody speaks whom to make louder
}

// missed is from how many LU on a result is not what was asked for.
const missed = 0.2

// judge sets the warning of a result of some seconds.
func (l *Loudness) judge(target, seconds float64) {
	switch off := target - float64(l.Integrated); {
	case seconds < measure.Shortest:
		l.Warning = fmt.Sprintf("too short for a loudness (%g s at least); its level was left as it was", measure.Shortest)
	case l.silent:
		l.Warning = "no voice was found in it, so it was not made louder"
	case !l.Before.Known():
		l.Warning = "too soft for a loudness (below -70 LUFS); its level was left as it was"
	case off > missed:
		l.Warning = fmt.Sprintf("peaks leave room for %s LUFS only, not %g", l.Integrated, target)
	case off < -missed:
		l.Warning = fmt.Sprintf("it has %s LUFS, not %g", l.Integrated, target)
	}
}

// spool keeps cleaned samples in a file until their loudness is known: a second
// run of the suppressor would take far longer than the disk.
type spool struct {
	file   *os.File
	format pcm.Format
	out    *wav.Writer
	meter  *measure.Meter
	gone   bool   // it has no name any more
	spoken []bool // the hops that may be made louder

	frames int64 // written
	work   work
}

// work tells how much is done of a recording that is brought to a loudness. A pass
// over the spool counts half as much as the cleaning, which it takes about half
// the time of.
type work struct {
	tell   func(done, total int64) // nil for nobody
	passes int64                   // begun
	ahead  int64                   // passes expected after these
}

// at tells how many frames of the running pass are done.
func (w *work) at(done, frames int64) {
	if w.tell != nil {
		w.tell(frames+((w.passes-1)*frames+done)/2, frames+(w.passes+w.ahead)*frames/2)
	}
}

// cleaned tells how many frames are cleaned; the recording is far from its end then.
func (w *work) cleaned(done, total int64) {
	if total > 0 {
		total += total / 2 * usualPasses
	}
	w.tell(done, total)
}

// usualPasses are those that a voice takes whose peaks have to be held, and the one
// that writes.
const usualPasses = 4

// newSpool makes a spool in the folder scratch; without one, beside an output, where there
// must be room anyway, or in the folder for temporary files if that is no file.
func newSpool(p *output, scratch string, f pcm.Format) (*spool, error) {
	dir, base := filepath.Dir(p.target), filepath.Base(p.target)
	if p.whole == nil {
		dir, base = os.TempDir(), "stillmic"
	}
	if scratch != "" {
		dir = scratch
	}
	file, err := atomicfile.Temp(dir, base, ".spool")
	if err != nil {
		return nil, cannot("write", p.target, err)
	}
	f.Encoding = pcm.Float32
	s := &spool{file: file, format: f}
	// Without a name nothing is left, whatever ends the program. Where files that are
	// open keep theirs, it is removed at the end.
	s.gone = os.Remove(file.Name()) == nil
	if s.meter, err = measure.NewMeter(f); err == nil {
		s.out, err = wav.NewWriter(file, f, metadata.Metadata{})
	}
	if err != nil {
		return nil, errors.Join(err, s.remove())
	}
	return s, nil
}

func (s *spool) remove() error {
	err := s.file.Close()
	if s.gone {
		return err
	}
	return errors.Join(err, os.Remove(s.file.Name()))
}

// write appends frames.
func (s *spool) write(p []float32) error {
	s.meter.Write(p)
	s.frames += int64(len(p) / s.out.Channels())
	if err := s.out.Write(p); err != nil {
		return cannot("write", s.file.Name(), err)
	}
	return nil
}

const (
	// near is how close to its target a loudness is brought, in LU.
	near = 0.05

	// tries bounds the passes. What the limiter takes away is made up for by more
	// gain; how much of a dB still arrives is learnt from the last two passes. Less
	// than slope is not worth what it does to the sound.
	tries = 10
	slope = 0.03

	// firstSlope is what arrives of a little more gain where few peaks are held.
	firstSlope = 0.8
)

// normalise writes all frames with the gain that brings them to the loudness that o asks
// for, peaks held below its ceiling. Nothing but speech is made louder.
func (s *spool) normalise(ctx context.Context, o Options, speech *speechTrack, write func([]float32) error) (*Loudness, error) {
	target, ceiling := o.Loudness, o.TruePeak
	if err := s.out.Close(); err != nil {
		return nil, cannot("write", s.file.Name(), err)
	}
	l := &Loudness{}
	l.Before, l.TruePeak = s.meter.Finish()
	l.Integrated = l.Before
	var hold *float64
	voice, everywhere := speech.voice, true
	if voice {
		s.spoken, everywhere = speech.spoken()
	}
	gain := measure.Decibels(target) - l.Before
	l.silent = !voice && gain > 0
	if l.Before.Known() && !l.silent {
		l.Gain, l.Integrated, l.TruePeak = gain, l.Integrated+gain, l.TruePeak+gain
		if gain > 0 && !everywhere {
			if err := s.search(ctx, l, target, nil); err != nil {
				return nil, err
			}
		}
		if float64(l.TruePeak) > ceiling {
			// The limiter and the meter look between the samples in different
			// places; a hair below the ceiling both agree.
			ceiling -= 0.05
			hold, l.Limited = &ceiling, true
			if err := s.search(ctx, l, target, hold); err != nil {
				return nil, err
			}
		}
	} // else silence stays silence, and noise as it is
	s.work.ahead = 0
	l.judge(target, float64(s.frames)/float64(s.out.Rate()))
	return l, s.pass(ctx, float64(l.Gain), hold, write)
}

// search finds the gain that brings all frames to target LUFS where peaks have to be held,
// if there is a ceiling, or only some of them are made louder.
func (s *spool) search(ctx context.Context, l *Loudness, target float64, ceiling *float64) error {
	gain := float64(l.Gain)
	var lastGain, lastLoudness float64
	for try := range tries {
		m, err := measure.NewMeter(s.format)
		if err != nil {
			return err
		}
		s.work.ahead = max(usualPasses-1-int64(try), 1)
		if err := s.pass(ctx, gain, ceiling, func(p []float32) error { m.Write(p); return nil }); err != nil {
			return err
		}
		l.Gain = measure.Decibels(gain)
		l.Integrated, l.TruePeak = m.Finish()
		off := target - float64(l.Integrated)
		arrives := firstSlope
		if try > 0 {
			arrives = (float64(l.Integrated) - lastLoudness) / (gain - lastGain)
		}
		if math.Abs(off) <= near || arrives < slope {
			return nil
		}
		lastGain, lastLoudness = gain, float64(l.Integrated)
		gain += min(off/min(arrives, 1), 24) // further no line of two points reaches
	}
	return nil
}

// pass reads all frames and hands them on with a gain in dB, limited to a ceiling
// in dBTP if there is one.
func (s *spool) pass(ctx context.Context, gain float64, ceiling *float64, take func([]float32) error) error {
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return cannot("read", s.file.Name(), err)
	}
	in, err := wav.NewReader(s.file)
	if err != nil {
		return cannot("read", s.file.Name(), err)
	}
	p := make([]float32, chunk*in.Channels())
	g := newSwell(gain, s.spoken, in.Rate())
	var hold *limiter
	if ceiling != nil {
		hold = newLimiter(*ceiling, in.Channels())
	}
	s.work.passes++
	done := int64(0)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := in.Read(p)
		if err != nil && !errors.Is(err, io.EOF) {
			return cannot("read", s.file.Name(), err)
		}
		out := p[:n*in.Channels()]
		g.apply(out, in.Channels())
		if hold != nil {
			out = hold.process(out, n == 0)
		}
		if err := take(out); err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
		done += int64(n)
		s.work.at(done, s.frames)
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
	return &limiter{Limiter: dsp.NewLimiter(ceiling, channels), channels: make([][]float32, channels),
		skip: dsp.LimiterDelay}
}

// process returns the frames that are complete; at the end, the rest.
func (l *limiter) process(p []float32, end bool) []float32 {
	n := len(l.channels)
	if end {
		p = make([]float32, dsp.LimiterDelay*n)
	}
	for c := range l.channels {
		l.channels[c] = pcm.Channel(l.channels[c], p, c, n)
	}
	l.Process(l.channels...)
	l.out = l.out[:0]
	for c, x := range l.channels {
		l.out = pcm.SetChannel(l.out, x, c, n)
	}
	drop := min(l.skip, len(p)/n)
	l.skip -= drop
	return l.out[drop*n:]
}
