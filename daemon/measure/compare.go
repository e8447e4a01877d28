package measure

import (
	"context"
	"errors"
	"fmt"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/dsp"
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

// reach is how far the test may be shifted against the reference, in seconds.
const reach = 0.5

// Compare scores the recording test against ref, after taking out the delay
// between them (up to half a second). Several channels are mixed to one; a test
// of another rate is brought to that of ref. Both are held in memory, 4 bytes a
// sample.
func Compare(ctx context.Context, ref, test string) (c Comparison, err error) {
	x, rate, err := load(ctx, ref, 0)
	if err != nil {
		return c, err
	}
	y, _, err := load(ctx, test, rate)
	if err != nil {
		return c, err
	}
	c.Rate = rate
	c.DelaySamples = quality.Delay(x, y, int(reach*float64(rate)))
	c.DelayMS = 1000 * float64(c.DelaySamples) / float64(rate)
	x, y = quality.Align(x, y, c.DelaySamples)
	c.Seconds = float64(len(x)) / float64(rate)
	if err := ctx.Err(); err != nil {
		return c, err
	}
	c.SISDR = Decibels(quality.SISDR(x, y))
	c.SegmentalSNR = Decibels(quality.SegmentalSNR(x, y, rate))
	if c.STOI, c.ESTOI, err = quality.Intelligibility(x, y, rate); err != nil {
		return c, fmt.Errorf("cannot compare %s with %s: %w", test, ref, err)
	}
	return c, nil
}

// load reads a recording as one channel of a rate, its own for 0.
func load(ctx context.Context, path string, rate int) (x []float32, _ int, err error) {
	r, err := audioio.OpenRecording(path)
	if err != nil {
		return nil, 0, fmt.Errorf("cannot measure: %w", err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if rate == 0 {
		rate = r.Rate()
	}
	convert := func(p []float32) { x = append(x, p...) }
	flush := func() {}
	if rate != r.Rate() {
		c, err := dsp.NewRateConverter(r.Rate(), rate)
		if err != nil {
			return nil, 0, fmt.Errorf("cannot measure %s: %w", path, err)
		}
		convert = func(p []float32) { x = c.Convert(x, p) }
		flush = func() { x = c.Flush(x) }
	}
	if err := each(ctx, r, path, func(p []float32) { convert(mix(p, r.Channels())) }); err != nil {
		return nil, 0, err
	}
	flush()
	return x, rate, nil
}

// each reads all of a recording and hands on frame after frame, interleaved. A
// truncated one is an error.
func each(ctx context.Context, r audioio.RecordingReader, path string, take func([]float32)) error {
	buffer := make([]float32, 4800*r.Channels())
	some := false
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(buffer)
		switch {
		case n > 0:
			some = true
			take(buffer[:n*r.Channels()])
		case audioio.IsEnd(err) && !errors.Is(err, audioio.ErrTruncated):
			if !some {
				return fmt.Errorf("cannot measure %s: it holds no samples", path)
			}
			return nil
		default:
			return fmt.Errorf("cannot measure %s: %w", path, err)
		}
	}
}

// mix writes the mean of the channels to the front of p and returns it.
func mix(p []float32, channels int) []float32 {
	n := len(p) / channels
	for i := range n {
		sum := float32(0)
		for _, v := range p[i*channels:][:channels] {
			sum += v
		}
		p[i] = sum / float32(channels)
	}
	return p[:n]
}
