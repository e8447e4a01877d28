package dsp

import (
	"fmt"
	"sync"
)

// Rates a RateConverter takes, in Hz.
const (
	MinRate = 8_000
	MaxRate = 192_000
)

const (
	// converterHalf is the reach of the filter to either side, in samples of
	// the lower of the two rates. 2*96 taps put the passband's end at 93 % of
	// the lower Nyquist frequency: 20.5 kHz for 44.1 kHz.
	converterHalf = 96

	// maxExactPhases bounds the table. A ratio that needs more phases (44101
	// to 48000 Hz) uses fewer and interpolates between them.
	maxExactPhases = 640
	lerpPhases     = 512

	// converterBlock is how many input samples are taken at a time; enough for 100 ms
	// of 48 kHz, 33 periods on the way to 44.1.
	converterBlock = 6144
)

// RateConverter changes the sample rate of one channel by a fixed ratio, in a
// stream of any length and constant memory. Output sample n stands for the
// same moment as input sample n*from/to: nothing is delayed, the filter's reach
// is made up for by output that comes later than its input, the rest with Flush.
//
// Above the passband (93 % of the lower Nyquist frequency) everything is
// filtered out; images and aliases stay below -100 dB.
type RateConverter struct {
	up, down int        // to/from in lowest terms
	filter   rateFilter // nil for a ratio of 1
	lead     int        // samples of silence before the stream
	buf      []float32  // inputs still needed
	in, out  int64
}

// rateFilter computes the outputs of a conversion.
type rateFilter interface {
	// convert appends what buf allows and returns how many of its inputs are not
	// needed any more.
	convert(dst, buf []float32) (out []float32, passed int)
	reset()
}

// NewRateConverter returns a converter from one rate to another (Hz).
func NewRateConverter(from, to int) (*RateConverter, error) {
	for _, r := range []int{from, to} {
		if r < MinRate || r > MaxRate {
			return nil, fmt.Errorf("sample rate of %d Hz: only %d to %d Hz can be converted", r, MinRate, MaxRate)
		}
	}
	g := gcd(from, to)
	c := &RateConverter{up: to / g, down: from / g}
	if from == to {
		return c, nil
	}
	// In cycles per input sample the lower Nyquist frequency is lower/from/2,
	// and the filter's reach grows when it is not the input's own.
	lower := min(from, to)
	half := (converterHalf*from + lower - 1) / lower
	half += -half & 3 // 2*half is a multiple of 8, for dot
	stop := float64(lower) / float64(from) / 2
	cutoff := stop - sincTransition(2*half, resampleDepth)/2
	taps := 2 * half
	if c.up > maxExactPhases {
		table := cached(rateKey{taps, 0, 0, cutoff}, func() *sincTable {
			return newSincTable(taps, lerpPhases, cutoff, resampleDepth)
		})
		c.filter = &interpolator{table: table, up: c.up, whole: c.down / c.up, part: c.down % c.up}
	} else {
		bank := cached(rateKey{taps, c.up, c.down, cutoff}, func() *polyphaseBank {
			return newPolyphaseBank(newSincTable(taps, c.up, cutoff, resampleDepth), c.up, c.down)
		})
		c.filter, taps = &polyphase{polyphaseBank: bank}, bank.taps
	}
	c.lead = half - 1
	c.buf = make([]float32, 0, taps+converterBlock)
	c.Reset()
	return c, nil
}

// rateFilters are the filters of converters so far. They take milliseconds to
// design, a file needs one or two for each channel, and nobody changes them.
var rateFilters sync.Map // of rateKey: *sincTable or *polyphaseBank

type rateKey struct {
	taps, up, down int
	cutoff         float64
}

// cached returns the filter of a key, designed if there was none.
func cached[T any](key rateKey, design func() T) T {
	f, ok := rateFilters.Load(key)
	if !ok {
		f, _ = rateFilters.LoadOrStore(key, design())
	}
	return f.(T)
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Reset makes the converter ready for a new stream.
func (c *RateConverter) Reset() {
	c.in, c.out = 0, 0
	if c.filter != nil {
		c.filter.reset()
		c.buf = c.buf[:c.lead]
		clear(c.buf)
	}
}

// Convert takes the next samples and appends to dst what they complete. It
// allocates only if dst has no room.
func (c *RateConverter) Convert(dst, src []float32) []float32 {
	c.in += int64(len(src))
	if c.filter == nil {
		c.out += int64(len(src))
		return append(dst, src...)
	}
	before := len(dst)
	dst = c.convert(dst, src)
	c.out += int64(len(dst) - before)
	return dst
}

func (c *RateConverter) convert(dst, src []float32) []float32 {
	for len(src) > 0 {
		n := min(len(src), cap(c.buf)-len(c.buf))
		c.buf = append(c.buf, src[:n]...)
		src = src[n:]
		var passed int
		dst, passed = c.filter.convert(dst, c.buf)
		c.buf = c.buf[:copy(c.buf, c.buf[passed:])]
	}
	return dst
}

// Flush ends the stream: it appends what is still to come, so that the whole
// output has Length(input) samples, and resets the converter.
func (c *RateConverter) Flush(dst []float32) []float32 {
	return c.FlushTo(dst, c.Length(c.in))
}

// FlushTo is Flush with the length of the whole output given, for the way back
// from a conversion whose rounding lost the exact length. Beyond the input's
// end there is silence.
func (c *RateConverter) FlushTo(dst []float32, total int64) []float32 {
	end := len(dst) + int(max(total-c.out, 0))
	var silence [64]float32
	for len(dst) < end {
		if c.filter == nil {
			dst = append(dst, silence[:]...)
		} else {
			dst = c.convert(dst, silence[:])
		}
	}
	c.Reset()
	return dst[:end]
}

// Length returns how many samples the converter makes of n: n*to/from, rounded
// to the nearest. Going up and back down gives n again; going down loses the
// exact length, which FlushTo restores on the way up.
func (c *RateConverter) Length(n int64) int64 {
	up, down := int64(c.up), int64(c.down)
	return (n*up + down/2) / down
}
