package clean

import (
	"slices"

	"github.com/stillmic/stillmic/dsp"
)

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
	even     bool        // the same with levelling left aside is wanted
	speech   *speechTrack
	one      []float32 // a channel's samples of frames
	out      taken
}

// taken are interleaved samples of the same moments.
type taken struct {
	clean []float32
	even  []float32 // with levelling left aside; empty unless wanted
	dry   []float32 // as they came
}

// channel is one channel's way to 48 kHz and back.
type channel struct {
	up          *dsp.RateConverter
	fine        []float32 // at 48 kHz, waiting for a whole hop
	clean, even descent
}

// descent is the way back from 48 kHz.
type descent struct {
	down *dsp.RateConverter
	fine []float32 // at 48 kHz
	out  []float32
}

func (d *descent) convert() { d.out = d.down.Convert(d.out[:0], d.fine) }

// newCleaner returns a cleaner for frames of a rate; even asks for both kinds of
// cleaned frames.
func newCleaner(rate, channels int, b Bank, even bool) (*cleaner, error) {
	c := &cleaner{bank: b, skip: b.Delay(), hops: make([]float32, channels*dsp.Hop), src: make([][]float32, channels), even: even,
		speech: &speechTrack{}}
	for i := range channels {
		ch := &channel{}
		for _, r := range []struct {
			converter **dsp.RateConverter
			from, to  int
		}{{&ch.up, rate, dsp.SampleRate}, {&ch.clean.down, dsp.SampleRate, rate}, {&ch.even.down, dsp.SampleRate, rate}} {
			var err error
			if *r.converter, err = dsp.NewRateConverter(r.from, r.to); err != nil {
				return nil, err
			}
		}
		c.channels = append(c.channels, ch)
		c.dst = append(c.dst, c.hops[i*dsp.Hop:][:dsp.Hop])
	}
	return c, nil
}

// process takes frames and returns those that are complete, valid until the next
// call.
func (c *cleaner) process(in []float32) taken {
	for i, ch := range c.channels {
		ch.fine = ch.up.Convert(ch.fine, c.only(i, in))
	}
	c.suppress()
	for _, ch := range c.channels {
		ch.clean.convert()
		ch.even.convert()
	}
	c.forget()
	c.out.dry = append(c.out.dry, in...)
	return c.interleave()
}

// only returns one channel's samples of frames.
func (c *cleaner) only(i int, in []float32) []float32 {
	if len(c.channels) == 1 {
		return in
	}
	c.one = pick(c.one, in, i, len(c.channels))
	return c.one
}

// forget drops what was given out before, of which nothing is needed any more.
func (c *cleaner) forget() {
	c.out.dry = c.out.dry[:copy(c.out.dry, c.out.dry[len(c.out.clean):])]
}

// suppress runs all whole hops.
func (c *cleaner) suppress() {
	for _, ch := range c.channels {
		ch.clean.fine, ch.even.fine = ch.clean.fine[:0], ch.even.fine[:0]
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
		if late < dsp.Hop {
			c.speech.add(c.heard())
		}
		for i, ch := range c.channels {
			ch.clean.fine = append(ch.clean.fine, c.dst[i][late:]...)
			if c.even {
				g := c.bank.Gain(i)
				for _, v := range c.dst[i][late:] {
					ch.even.fine = append(ch.even.fine, v/g)
				}
			}
		}
	}
	for _, ch := range c.channels {
		ch.fine = ch.fine[:copy(ch.fine, ch.fine[at:])]
	}
}

// heard is how sure the bank is of speech in any channel.
func (c *cleaner) heard() (p float32) {
	for i := range c.channels {
		p = max(p, c.bank.Speech(i))
	}
	return p
}

// flush returns what is missing to total frames.
func (c *cleaner) flush(total int64) taken {
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
		ch.clean.finish(need-before, total)
		if c.even {
			ch.even.finish(need-before, total)
		}
	}
	c.forget()
	return c.interleave()
}

// finish converts the last samples, and fills up to total.
func (d *descent) finish(last, total int64) {
	d.fine = d.fine[:last]
	d.convert()
	d.out = d.down.FlushTo(d.out, total)
}

// interleave takes what every channel has done; they are all in step.
func (c *cleaner) interleave() taken {
	f, n := &c.out, len(c.channels)
	f.clean, f.even = f.clean[:0], f.even[:0]
	for i, ch := range c.channels {
		f.clean = weave(f.clean, ch.clean.out, i, n)
		if c.even {
			f.even = weave(f.even, ch.even.out, i, n)
		}
	}
	return taken{f.clean, f.even, f.dry[:len(f.clean)]}
}

// pick takes channel i of n out of frames, into memory that is used again.
func pick(samples, frames []float32, i, n int) []float32 {
	samples = slices.Grow(samples[:0], len(frames)/n)[:len(frames)/n]
	for k := range samples {
		samples[k] = frames[k*n+i]
	}
	return samples
}

// weave puts channel i of n into frames, which the first channel makes room for.
func weave(frames, samples []float32, i, n int) []float32 {
	if n == 1 {
		return append(frames, samples...)
	}
	frames = slices.Grow(frames[:0], len(samples)*n)[:len(samples)*n]
	for k, v := range samples {
		frames[k*n+i] = v
	}
	return frames
}
