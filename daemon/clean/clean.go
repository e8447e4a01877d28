// Package clean removes noise from recordings: the same suppressor as the live
// microphone, one for each channel, over a file of any rate and length in
// constant memory. The result is exactly as long as the recording and lies on
// it to the sample.
package clean

import (
	"context"
	"errors"
	"fmt"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon"
	"github.com/stillmic/stillmic/daemon/picture"
	"github.com/stillmic/stillmic/dsp"
)

// Options says how a recording is cleaned.
type Options struct {
	NewProcessor func() (daemon.Processor, error)
	Strength     daemon.Strength

	// InPlace allows the output to be the input.
	InPlace bool
	// Force cleans what is there of a truncated recording.
	Force bool
	// Picture is where to draw spectrograms of before and after, "" for none.
	Picture string
}

// Result says what was done.
type Result struct {
	Frames    int64   `json:"frames"`
	Seconds   float64 `json:"seconds"`
	Rate      int     `json:"rate"`
	Channels  int     `json:"channels"`
	Clipped   int64   `json:"clipped"`   // samples cut to full scale
	Replaced  int64   `json:"replaced"`  // samples that were no numbers
	Truncated bool    `json:"truncated"` // the recording lacked its end
}

// chunk is the number of frames read at once.
const chunk = 4800

// stream cleans r into w. It returns how much it cleaned.
func stream(ctx context.Context, r audioio.RecordingReader, w audioio.SampleWriter, o Options) (res Result, err error) {
	c, err := newCleaner(r.Rate(), r.Channels(), o)
	if err != nil {
		return res, err
	}
	in := make([]float32, chunk*r.Channels())
	for {
		if err := ctx.Err(); err != nil {
			return res, err
		}
		n, err := r.Read(in)
		if n > 0 {
			if err := w.Write(c.process(in[:n*r.Channels()])); err != nil {
				return res, err
			}
			res.Frames += int64(n)
			continue
		}
		res.Truncated = errors.Is(err, audioio.ErrTruncated)
		if res.Truncated && !o.Force {
			return res, fmt.Errorf("%w; use --force to clean what is there", err)
		}
		if !audioio.IsEnd(err) {
			return res, err
		}
		if res.Frames == 0 {
			return res, errNoSamples
		}
		if err := w.Write(c.flush(res.Frames)); err != nil {
			return res, err
		}
		res.Replaced = r.Replaced()
		res.Rate, res.Channels = r.Rate(), r.Channels()
		res.Seconds = float64(res.Frames) / float64(res.Rate)
		return res, c.draw(o.Picture)
	}
}

// cleaner cleans interleaved frames. What comes out is late by as much as the
// suppressor and the filters reach ahead, and flush gives the rest.
type cleaner struct {
	channels []*channel
	frame    []float32
	picture  *picture.Picture
	before   *picture.Track
	after    *picture.Track
}

func newCleaner(rate, channels int, o Options) (*cleaner, error) {
	c := &cleaner{}
	for range channels {
		ch, err := newChannel(rate, o)
		if err != nil {
			return nil, err
		}
		c.channels = append(c.channels, ch)
	}
	if o.Picture != "" {
		c.picture = picture.New(rate)
		c.before, c.after = c.picture.Track("before"), c.picture.Track("after")
	}
	return c, nil
}

// process takes frames and returns those that are complete, valid until the
// next call.
func (c *cleaner) process(in []float32) []float32 {
	n := len(c.channels)
	for i, ch := range c.channels {
		ch.in = ch.in[:0]
		for k := i; k < len(in); k += n {
			ch.in = append(ch.in, in[k])
		}
		ch.process()
	}
	if c.picture != nil {
		c.before.Write(c.channels[0].in)
	}
	return c.interleave()
}

// flush returns what is missing to total frames.
func (c *cleaner) flush(total int64) []float32 {
	for _, ch := range c.channels {
		ch.flush(total)
	}
	return c.interleave()
}

// interleave takes what every channel has done; they are all in step.
func (c *cleaner) interleave() []float32 {
	n := len(c.channels)
	done := len(c.channels[0].out)
	c.frame = c.frame[:0]
	for k := range done {
		for i := range n {
			c.frame = append(c.frame, c.channels[i].out[k])
		}
	}
	if c.picture != nil {
		c.after.Write(c.channels[0].out)
	}
	return c.frame
}

func (c *cleaner) draw(path string) error {
	if c.picture == nil {
		return nil
	}
	return c.picture.WriteFile(path)
}

// channel is one channel's way: up to 48 kHz, through the suppressor, and back.
type channel struct {
	up, down *dsp.RateConverter
	proc     daemon.Processor
	in       []float32
	fine     []float32 // at 48 kHz, waiting for a whole hop
	cleaned  []float32 // at 48 kHz
	out      []float32
	hop      [dsp.Hop]float32
	skip     int // samples of the suppressor's delay still to come
	given    int64
	taken    int64 // samples put into fine
	made     int64 // samples taken out of the suppressor, less its delay
}

func newChannel(rate int, o Options) (*channel, error) {
	up, err := dsp.NewRateConverter(rate, dsp.SampleRate)
	if err != nil {
		return nil, err
	}
	down, err := dsp.NewRateConverter(dsp.SampleRate, rate)
	if err != nil {
		return nil, err
	}
	p, err := o.NewProcessor()
	if err != nil {
		return nil, err
	}
	p.SetAttenuationLimit(float32(o.Strength))
	return &channel{up: up, down: down, proc: p, skip: delay}, nil
}

// delay is the suppressor's: one hop.
const delay = dsp.Hop

// process takes c.in and leaves in c.out what is complete.
func (c *channel) process() {
	have := len(c.fine)
	c.fine = c.up.Convert(c.fine, c.in)
	c.taken += int64(len(c.fine) - have)
	c.suppress()
	c.out = c.down.Convert(c.out[:0], c.cleaned)
	c.given += int64(len(c.out))
}

// suppress runs all whole hops.
func (c *channel) suppress() {
	c.cleaned = c.cleaned[:0]
	at := 0
	for ; at+dsp.Hop <= len(c.fine); at += dsp.Hop {
		c.proc.Process(c.hop[:], c.fine[at:at+dsp.Hop])
		c.cleaned = append(c.cleaned, c.hop[c.skip:]...)
		c.made += int64(dsp.Hop - c.skip)
		c.skip = 0
	}
	c.fine = c.fine[:copy(c.fine, c.fine[at:])]
}

// flush completes the channel to total samples.
func (c *channel) flush(total int64) {
	have := len(c.fine)
	c.fine = c.up.Flush(c.fine)
	c.taken += int64(len(c.fine) - have)
	// Silence pushes out what the suppressor still holds.
	need := c.taken
	for c.made+int64(len(c.fine)/dsp.Hop*dsp.Hop)-int64(c.skip) < need {
		c.fine = append(c.fine, 0)
	}
	before := c.made
	c.suppress()
	c.cleaned = c.cleaned[:need-before]
	c.out = c.down.Convert(c.out[:0], c.cleaned)
	c.out = c.down.FlushTo(c.out, total)
}
