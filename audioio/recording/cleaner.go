package recording

import (
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/dsp"
)

// Cleaner removes noise from a stream of interleaved frames, at any rate and with any
// number of channels: through 48 kHz and a [Processor], and back.
//
// What comes out lies on what went in to the sample, and is as long at the end. It comes
// later, though: Process gives what is complete, Flush the rest. At 48 kHz the frames that
// are missing are the processor's Delay and less than one hop. At other rates two filters
// that convert them reach ahead, each by 96 samples of the lower rate: together 24 ms at
// 8 kHz, 12 ms at 16 kHz, 4 ms from 44.1 kHz on.
//
// A Cleaner is for one goroutine and one stream, and takes constant memory.
type Cleaner struct {
	channels   []*channel
	processor  Processor
	src, dst   [][]float32 // a hop of every channel
	hops       []float32   // behind dst
	skip       int         // samples of the processor's delay still to come
	made       int64       // samples taken out of the processor, less its delay
	withoutAGC bool        // Frames.WithoutAGC is wanted
	one        []float32   // a channel's samples of frames
	out        Frames
}

// Frames are interleaved samples of the same moments. They are valid until the next call of
// what gave them.
type Frames struct {
	Clean      []float32
	WithoutAGC []float32 // cleaned, with levelling left aside; empty unless asked for
	Dry        []float32 // as they went in

	// Speech is the probability of speech, 0 to 1, in every hop of 10 ms that is complete
	// since the last Frames.
	Speech []float32

	// Voice reports whether somebody has talked in any channel so far. In the first 3 s of a
	// stream it may be taken back; the last Frames have the answer for all of it.
	Voice bool
}

// channel is one channel's way to 48 kHz and back.
type channel struct {
	up                *dsp.RateConverter
	fine              []float32 // at 48 kHz, waiting for a whole hop
	clean, withoutAGC downsampler
}

// downsampler is the way back from 48 kHz.
type downsampler struct {
	down *dsp.RateConverter
	fine []float32 // at 48 kHz
	out  []float32
}

func (d *downsampler) convert() { d.out = d.down.Convert(d.out[:0], d.fine) }

// NewCleaner returns a cleaner for frames of a rate in Hz. p, which has as many channels, is
// its own from then on.
func NewCleaner(rate, channels int, p Processor) (*Cleaner, error) {
	c := &Cleaner{processor: p, skip: p.Delay(), hops: make([]float32, channels*dsp.Hop), src: make([][]float32, channels)}
	for i := range channels {
		ch := &channel{}
		for _, r := range []struct {
			converter **dsp.RateConverter
			from, to  int
		}{{&ch.up, rate, dsp.SampleRate}, {&ch.clean.down, dsp.SampleRate, rate}, {&ch.withoutAGC.down, dsp.SampleRate, rate}} {
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

// KeepWithoutAGC asks for Frames.WithoutAGC, before the first frame.
func (c *Cleaner) KeepWithoutAGC() { c.withoutAGC = true }

// Process takes any number of whole frames and returns those that are complete.
func (c *Cleaner) Process(in []float32) Frames {
	for i, ch := range c.channels {
		ch.fine = ch.up.Convert(ch.fine, c.only(i, in))
	}
	c.suppress()
	for _, ch := range c.channels {
		ch.clean.convert()
		ch.withoutAGC.convert()
	}
	c.drop()
	c.out.Dry = append(c.out.Dry, in...)
	return c.interleave()
}

// only returns one channel's samples of frames.
func (c *Cleaner) only(i int, in []float32) []float32 {
	if len(c.channels) == 1 {
		return in
	}
	c.one = pcm.Channel(c.one, in, i, len(c.channels))
	return c.one
}

// drop drops what was given out before, of which nothing is needed any more.
func (c *Cleaner) drop() {
	c.out.Dry = c.out.Dry[:copy(c.out.Dry, c.out.Dry[len(c.out.Clean):])]
}

// suppress runs all whole hops.
func (c *Cleaner) suppress() {
	c.out.Speech = c.out.Speech[:0]
	for _, ch := range c.channels {
		ch.clean.fine, ch.withoutAGC.fine = ch.clean.fine[:0], ch.withoutAGC.fine[:0]
	}
	at := 0
	for ; at+dsp.Hop <= len(c.channels[0].fine); at += dsp.Hop {
		for i, ch := range c.channels {
			c.src[i] = ch.fine[at:][:dsp.Hop]
		}
		c.processor.Process(c.dst, c.src)
		late := min(c.skip, dsp.Hop)
		c.skip -= late
		c.made += int64(dsp.Hop - late)
		if late < dsp.Hop {
			c.out.Speech = append(c.out.Speech, c.speech())
		}
		for i, ch := range c.channels {
			ch.clean.fine = append(ch.clean.fine, c.dst[i][late:]...)
			if c.withoutAGC {
				g := c.processor.Gain(i)
				for _, v := range c.dst[i][late:] {
					ch.withoutAGC.fine = append(ch.withoutAGC.fine, v/g)
				}
			}
		}
	}
	for _, ch := range c.channels {
		ch.fine = ch.fine[:copy(ch.fine, ch.fine[at:])]
	}
}

// speech is how sure the processor is of speech in any channel.
func (c *Cleaner) speech() (p float32) {
	for i := range c.channels {
		p = max(p, c.processor.Speech(i))
	}
	return p
}

// voice reports whether somebody has talked in any channel.
func (c *Cleaner) voice() bool {
	for i := range c.channels {
		if c.processor.Voice(i) {
			return true
		}
	}
	return false
}

// Flush returns what is missing to total frames, which is how many went in. It ends the
// stream.
func (c *Cleaner) Flush(total int64) Frames {
	need := c.channels[0].up.Length(total)
	for _, ch := range c.channels {
		ch.fine = ch.up.Flush(ch.fine)
		// Silence pushes out what the processor still holds.
		for c.made+int64(len(ch.fine)/dsp.Hop*dsp.Hop)-int64(c.skip) < need {
			ch.fine = append(ch.fine, 0)
		}
	}
	before := c.made
	c.suppress()
	for _, ch := range c.channels {
		ch.clean.finish(need-before, total)
		if c.withoutAGC {
			ch.withoutAGC.finish(need-before, total)
		}
	}
	c.drop()
	return c.interleave()
}

// finish converts the last samples, and fills up to total.
func (d *downsampler) finish(last, total int64) {
	d.fine = d.fine[:last]
	d.convert()
	d.out = d.down.FlushTo(d.out, total)
}

// interleave takes what every channel has done; they are all in step.
func (c *Cleaner) interleave() Frames {
	f, n := &c.out, len(c.channels)
	f.Clean, f.WithoutAGC = f.Clean[:0], f.WithoutAGC[:0]
	for i, ch := range c.channels {
		f.Clean = pcm.SetChannel(f.Clean, ch.clean.out, i, n)
		if c.withoutAGC {
			f.WithoutAGC = pcm.SetChannel(f.WithoutAGC, ch.withoutAGC.out, i, n)
		}
	}
	return Frames{Clean: f.Clean, WithoutAGC: f.WithoutAGC, Dry: f.Dry[:len(f.Clean)], Speech: f.Speech, Voice: c.voice()}
}
