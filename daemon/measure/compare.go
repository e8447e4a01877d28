package measure

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/stillmic/stillmic/dsp/quality"
)

// Comparison is what is left of a clean voice in a processed recording.
type Comparison struct {
	SISDR        Decibels `json:"si_sdr_db"`
	SegmentalSNR Decibels `json:"segmental_snr_db"`
	STOI         float64  `json:"stoi"`
	ESTOI        float64  `json:"estoi"`
	DelaySamples int      `json:"delay_samples"` // by which the test lies behind
	DelayMS      float64  `json:"delay_ms"`
	Rate         int      `json:"rate"`
	Seconds      float64  `json:"seconds"` // that were compared
}

const (
	// reach is how far the test may be shifted against the reference, in seconds.
	reach = 0.5

	// stretch is how much is judged, and held in memory, at once, in seconds:
	// 5 minutes at 48 kHz are 58 MB of each recording.
	stretch = 300
)

// Compare scores the recording test against ref, after taking out the delay
// between them (up to half a second). Several channels are mixed to one; a test
// of another rate is brought to that of ref. What is longer than 5 minutes is
// judged by stretches of that length, and the figures are the means of theirs.
func Compare(ctx context.Context, ref, test string) (Comparison, error) {
	return compare(ctx, ref, test, stretch)
}

func compare(ctx context.Context, ref, test string, stretch int) (c Comparison, err error) {
	x, err := openStream(ref, 0)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, x.r.Close()) }()
	c.Rate = x.rate
	y, err := openStream(test, x.rate)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, y.r.Close()) }()
	n := stretch * c.Rate
	if err := fill(ctx, n, x, y); err != nil {
		return c, err
	}
	c.DelaySamples = quality.Delay(x.waiting, y.waiting, int(reach*float64(c.Rate)))
	c.DelayMS = 1000 * float64(c.DelaySamples) / float64(c.Rate)
	x.drop(-c.DelaySamples)
	y.drop(c.DelaySamples)
	var s scores
	for first := true; ; first = false {
		if err := fill(ctx, n, x, y); err != nil {
			return c, err
		}
		part := min(len(x.waiting), len(y.waiting), n)
		if part == 0 && !first {
			s.into(&c)
			return c, nil
		}
		if err := s.add(x.waiting[:part], y.waiting[:part], c.Rate, first); err != nil {
			return c, fmt.Errorf("cannot compare %s with %s: %w", test, ref, err)
		}
		x.drop(part)
		y.drop(part)
	}
}

// scores are the means over stretches, weighted by their lengths.
type scores struct {
	seconds                       float64
	sisdr, segmental, stoi, estoi mean
}

// mean leaves out what is no number.
type mean struct{ sum, weight float64 }

func (m *mean) add(v, weight float64) {
	if !math.IsNaN(v) {
		m.sum += weight * v
		m.weight += weight
	}
}

func (m mean) value() float64 { return m.sum / m.weight }

// add judges a stretch. Of several, those without speech say nothing about the
// intelligibility, and silent ones nothing at all.
func (s *scores) add(x, y []float32, rate int, first bool) error {
	seconds := float64(len(x)) / float64(rate)
	s.seconds += seconds
	if !first && !slices.ContainsFunc(x, func(v float32) bool { return v != 0 }) {
		return nil
	}
	stoi, estoi, err := quality.Intelligibility(x, y, rate)
	switch {
	case err == nil:
		s.stoi.add(stoi, seconds)
		s.estoi.add(estoi, seconds)
	case first || !errors.Is(err, quality.ErrTooShort):
		return err
	}
	s.sisdr.add(quality.SISDR(x, y), seconds)
	s.segmental.add(quality.SegmentalSNR(x, y, rate), seconds)
	return nil
}

func (s *scores) into(c *Comparison) {
	c.Seconds = s.seconds
	c.SISDR, c.SegmentalSNR = Decibels(s.sisdr.value()), Decibels(s.segmental.value())
	c.STOI, c.ESTOI = s.stoi.value(), s.estoi.value()
}
