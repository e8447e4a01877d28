package clean

import "github.com/stillmic/stillmic/dsp"

// cleaner cleans interleaved frames: up to 48 kHz, through the bank, and back.
// What comes out is late by as much as the bank and the filters reach ahead, and
// flush gives the rest.
type cleaner struct {
	channels []*channel
	bank     Bank
	src, dst [][]float32 // a hop of every channel
	hops     []float32   // behind dst
	skip     int         // samples of the bank's delay still to come
	made     int64       // samples taken out of the bank, less its delay
	frame    []float32
	dry      []float32 // interleaved, as it came, from where frame begins
}

// channel is one channel's way to 48 kHz and back.
type channel struct {
	up, down *dsp.RateConverter
	fine     []float32 // at 48 kHz, waiting for a whole hop
	cleaned  []float32 // at 48 kHz
	in, out  []float32
}

func newCleaner(rate, channels int, b Bank) (*cleaner, error) {
	c := &cleaner{bank: b, skip: b.Delay(), hops: make([]float32, channels*dsp.Hop), src: make([][]float32, channels)}
	for i := range channels {
		up, err := dsp.NewRateConverter(rate, dsp.SampleRate)
		if err != nil {
			return nil, err
		}
		down, err := dsp.NewRateConverter(dsp.SampleRate, rate)
		if err != nil {
			return nil, err
		}
		c.channels = append(c.channels, &channel{up: up, down: down})
		c.dst = append(c.dst, c.hops[i*dsp.Hop:][:dsp.Hop])
	}
	return c, nil
}

// process takes frames and returns those that are complete, and what they were
// before, valid until the next call.
func (c *cleaner) process(in []float32) (clean, dry []float32) {
	n := len(c.channels)
	for i, ch := range c.channels {
		ch.in = ch.in[:0]
		for k := i; k < len(in); k += n {
			ch.in = append(ch.in, in[k])
		}
		ch.fine = ch.up.Convert(ch.fine, ch.in)
	}
	c.suppress()
	for _, ch := range c.channels {
		ch.out = ch.down.Convert(ch.out[:0], ch.cleaned)
	}
	// Of what was given out before, nothing is needed any more.
	c.dry = append(c.dry[:copy(c.dry, c.dry[len(c.frame):])], in...)
	return c.interleave()
}

// suppress runs all whole hops.
func (c *cleaner) suppress() {
	for _, ch := range c.channels {
		ch.cleaned = ch.cleaned[:0]
	}
	at := 0
	for ; at+dsp.Hop <= len(c.channels[0].fine); at += dsp.Hop {
		for i, ch := range c.channels {
			c.src[i] = ch.fine[at:][:dsp.Hop]
		}
		c.bank.Process(c.dst, c.src)
		late := min(c.skip, dsp.Hop)
		c.skip -= late
		c.made += int64(dsp.Hop - late)
		for i, ch := range c.channels {
			ch.cleaned = append(ch.cleaned, c.dst[i][late:]...)
		}
	}
	for _, ch := range c.channels {
		ch.fine = ch.fine[:copy(ch.fine, ch.fine[at:])]
	}
}

// flush returns what is missing to total frames.
func (c *cleaner) flush(total int64) (clean, dry []float32) {
	need := c.channels[0].up.Length(total)
	for _, ch := range c.channels {
		ch.fine = ch.up.Flush(ch.fine)
		// Silence pushes out what the bank still holds.
		for c.made+int64(len(ch.fine)/dsp.Hop*dsp.Hop)-int64(c.skip) < need {
			ch.fine = append(ch.fine, 0)
		}
	}
	before := c.made
	c.suppress()
	for _, ch := range c.channels {
		ch.out = ch.down.Convert(ch.out[:0], ch.cleaned[:need-before])
		ch.out = ch.down.FlushTo(ch.out, total)
	}
	c.dry = c.dry[:copy(c.dry, c.dry[len(c.frame):])]
	return c.interleave()
}

// interleave takes what every channel has done; they are all in step.
func (c *cleaner) interleave() (clean, dry []float32) {
	n := len(c.channels)
	c.frame = c.frame[:0]
	for k := range c.channels[0].out {
		for _, ch := range c.channels {
			c.frame = append(c.frame, ch.out[k])
		}
	}
	return c.frame, c.dry[:len(c.channels[0].out)*n]
}
