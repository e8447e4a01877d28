package measure

import "github.com/stillmic/stillmic/dsp"

// feeder brings interleaved frames to 48 kHz and cuts them into blocks.
type feeder struct {
	converters []*dsp.RateConverter
	one        []float32   // a channel of what came in
	waiting    [][]float32 // per channel, at 48 kHz
	frames     []float32
	take       func(interleaved []float32)
}

func newFeeder(rate, channels int, take func([]float32)) (*feeder, error) {
	f := &feeder{waiting: make([][]float32, channels), take: take}
	for range channels {
		c, err := dsp.NewRateConverter(rate, dsp.SampleRate)
		if err != nil {
			return nil, err
		}
		f.converters = append(f.converters, c)
	}
	return f, nil
}

// write takes whole frames.
func (f *feeder) write(p []float32) {
	n := len(f.converters)
	for c, conv := range f.converters {
		f.one = f.one[:0]
		for i := c; i < len(p); i += n {
			f.one = append(f.one, p[i])
		}
		f.waiting[c] = conv.Convert(f.waiting[c], f.one)
	}
	f.hand(block)
}

// flush hands on the rest.
func (f *feeder) flush() {
	for c, conv := range f.converters {
		f.waiting[c] = conv.Flush(f.waiting[c])
	}
	f.hand(block)
	f.hand(len(f.waiting[0]))
}

// hand gives away all blocks of a size.
func (f *feeder) hand(size int) {
	for size > 0 && len(f.waiting[0]) >= size {
		f.frames = f.frames[:0]
		for i := range size {
			for _, w := range f.waiting {
				f.frames = append(f.frames, w[i])
			}
		}
		for c, w := range f.waiting {
			f.waiting[c] = w[:copy(w, w[size:])]
		}
		f.take(f.frames)
	}
}
