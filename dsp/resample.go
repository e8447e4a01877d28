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

	// converterBlock is how many input samples are taken at a time.
	converterBlock = 1024
)

// RateConverter changes the sample rate of one channel by a fixed ratio, in a
// stream of any length and constant memory. Output sample n stands for the
// same moment as input sample n*from/to: nothing is delayed, the filter's reach
// is made up for by output that comes later than its input, the rest with Flush.
//
// Above the passband (93 % of the lower Nyquist frequency) everything is
// filtered out; images and aliases stay below -100 dB.
type RateConverter struct {
	up, down int // to/from in lowest terms
	whole    int // down/up: by how many samples an output moves on
	part     int // down%up: and by how many phases
	table    *sincTable
	buf      []float32 // inputs still needed; buf[at] is the next first tap
	at       int
	phase    int // the next output lies phase/up of a sample after its base
	in, out  int64
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
	c.whole, c.part = c.down/c.up, c.down%c.up
	if from == to {
		return c, nil
	}
	// In cycles per input sample the lower Nyquist frequency is lower/from/2,
	// and the filter's reach grows when it is not the input's own.
	lower := min(from, to)
	half := (converterHalf*from + lower - 1) / lower
	half += -half & 3 // 2*half is a multiple of 8, what dot does fastest
	phases := c.up
	if phases > maxExactPhases {
		phases = lerpPhases
	}
	stop := float64(lower) / float64(from) / 2
	cutoff := stop - sincTransition(2*half, resampleDepth)/2
	c.table = rateTable(2*half, phases, cutoff)
	c.buf = make([]float32, 0, 2*half+converterBlock)
	c.Reset()
	return c, nil
}

// rateTables are the filters of converters so far. They take milliseconds to
// design, a file needs one or two for each channel, and nobody changes them.
var rateTables sync.Map // of rateKey: *sincTable

type rateKey struct {
	taps, phases int
	cutoff       float64
}

func rateTable(taps, phases int, cutoff float64) *sincTable {
	key := rateKey{taps, phases, cutoff}
	if t, ok := rateTables.Load(key); ok {
		return t.(*sincTable)
	}
	t, _ := rateTables.LoadOrStore(key, newSincTable(taps, phases, cutoff, resampleDepth))
	return t.(*sincTable)
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Reset makes the converter ready for a new stream.
func (c *RateConverter) Reset() {
	c.in, c.out, c.at, c.phase = 0, 0, 0, 0
	if c.table != nil {
		// Before the stream there is silence.
		c.buf = c.buf[:c.table.taps/2-1]
		clear(c.buf)
	}
}

// Convert takes the next samples and appends to dst what they complete. It
// allocates only if dst has no room.
func (c *RateConverter) Convert(dst, src []float32) []float32 {
	c.in += int64(len(src))
	if c.table == nil {
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
		for c.at+c.table.taps <= len(c.buf) {
			dst = append(dst, c.next())
		}
		// Keep what is still needed; after a long step that may be nothing yet.
		drop := min(c.at, len(c.buf))
		c.buf = c.buf[:copy(c.buf, c.buf[drop:])]
		c.at -= drop
	}
	return dst
}

// next returns one output sample and moves on.
func (c *RateConverter) next() float32 {
	x := c.buf[c.at:]
	var y float32
	if c.table.phases == c.up {
		y = c.table.at(x, c.phase, 0)
	} else {
		p := float64(c.phase) / float64(c.up) * float64(c.table.phases)
		y = c.table.at(x, int(p), float32(p-float64(int(p))))
	}
	c.at += c.whole
	if c.phase += c.part; c.phase >= c.up {
		c.phase -= c.up
		c.at++
	}
	return y
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
		if c.table == nil {
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
