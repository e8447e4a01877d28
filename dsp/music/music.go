// Package music tells music from speech and noise, as it comes.
//
// Music has partials that stay at their frequency for the length of a note and come back to it
// with the next; those of a voice glide. So it is counted how often each frequency is a peak of the
// spectrum: the "continuous frequency activation" of Seyerlehner, Pohle, Schedl and Widmer, "Automatic
// music detection in television productions", DAFx 2007, here with a memory that fades, and without
// tones that are always there, as the hum of mains and the whistle of fans. Two channels that are
// not the same are a hint, too: calls are of one.
package music

import (
	"math"

	"github.com/stillmic/stillmic/dsp"
)

const (
	// decimation makes 12 kHz of 48 kHz: a spectrum of dsp.Window samples then is of 80 ms, with
	// bins of 12.5 Hz, and there is one every 40 ms.
	decimation = 4
	perSecond  = dsp.SampleRate / decimation / dsp.Hop

	lowest, highest = 8, 328 // bins looked at: 100 Hz to 4.1 kHz
	bins            = highest - lowest
	around          = 10 // bins to either side that a peak is held against
	standsOut       = 10 // by so many dB it is one

	remembered = 20 // frames over which peaks are counted: 0.8 s
	needed     = 15 // frames that must have been heard for a verdict: 0.6 s
	becomes    = 8  // frames in a row that must say music: 0.3 s
	ends       = 25 // frames in a row that must say that it is over: 1 s

	// yes is the score that makes it music, of 5 at most, and no that which ends it. Speech, clean and
	// in noise, has .8 as a rule, and 1.9 in one frame of a hundred.
	yes, no         = 2.0, 1.6
	wideYes, wideNo = 1.0, 0.7 // where the channels differ

	audible = 0                // dB of the transform, about -60 dBFS: below is a pause
	span    = 25               // dB below the loudest frame: likewise
	fall    = 10.0 / perSecond // dB a frame by which the loudest is forgotten
	forget  = 3 * perSecond    // frames of a pause after which all is forgotten
)

// Detector tells whether what it hears is music. It belongs to one goroutine and allocates nothing.
// The zero value has heard nothing.
type Detector struct {
	low      lowpass
	width    width
	hop      [dsp.Hop]float32 // at 12 kHz, as far as it has come
	filled   int
	analyzer dsp.Analyzer
	spectrum [dsp.Bins]complex64

	level   [bins]float32 // of this frame, dB
	steady  [bins]steadiness
	active  [bins]float32 // how often each was a peak lately, 0 to 1
	loudest float32       // level of the loudest frame lately, dB
	frames  int           // heard since all was forgotten
	quiet   int           // frames of this pause
	score   float32
	against int // frames in a row that say the other thing
	music   bool
}

// New returns a Detector that has heard nothing.
func New() *Detector { return new(Detector) }

// Music reports whether it is music.
func (d *Detector) Music() bool { return d.music }

// Hear takes a hop of both channels.
func (d *Detector) Hear(left, right []float32) {
	d.width.hear(left, right)
	for i := 0; i < dsp.Hop; i += decimation {
		d.hop[d.filled] = d.low.next(left[i:][:decimation], right[i:][:decimation])
		d.filled++
	}
	if d.filled == dsp.Hop {
		d.filled = 0
		d.analyzer.Analyze(d.spectrum[:], d.hop[:])
		d.frame()
	}
}

// frame takes a spectrum.
func (d *Detector) frame() {
	var energy float32
	for k := range d.level {
		x := d.spectrum[lowest+k]
		p := real(x)*real(x) + imag(x)*imag(x)
		energy += p
		d.level[k] = decibels(p)
		d.steady[k].hear(d.level[k])
	}
	level := decibels(energy)
	d.loudest = max(level, d.loudest-fall)
	if !(level >= audible && level >= d.loudest-span) {
		if d.quiet++; d.quiet == forget { // what comes then is another thing
			d.music, d.score, d.frames, d.against = false, 0, 0, 0
		}
		return // a pause says nothing
	}
	d.quiet = 0
	d.frames++
	d.count()
	d.score = d.highest()
	d.decide()
}

func decibels(p float32) float32 { return float32(10 * math.Log10(float64(p)+1e-9)) }

// count notes which bins are peaks that stand out of those around them.
func (d *Detector) count() {
	keep := 1 - 1/float32(min(d.frames, remembered))
	var sum float32
	for _, v := range d.level[:around] {
		sum += v
	}
	for k := range d.level {
		if k+around < bins {
			sum += d.level[k+around]
		}
		if k > around {
			sum -= d.level[k-around-1]
		}
		n := float32(min(k+around, bins-1) - max(k-around, 0) + 1)
		d.active[k] *= keep
		if k > 0 && k < bins-1 && d.level[k] > d.level[k-1] && d.level[k] >= d.level[k+1] &&
			d.level[k] > sum/n+standsOut && !d.steady[k].always() {
			d.active[k] += 1 - keep
		}
	}
}

// highest adds up the five highest peaks of activation.
func (d *Detector) highest() (sum float32) {
	var top [5]float32
	for k := 1; k < bins-1; k++ {
		v := d.active[k]
		if v <= d.active[k-1] || v < d.active[k+1] {
			continue
		}
		v -= min(d.active[max(k-2, 0)], d.active[min(k+2, bins-1)])
		for i := range top {
			if v > top[i] {
				v, top[i] = top[i], v
			}
		}
	}
	for _, v := range top {
		sum += v
	}
	return sum
}

// decide goes over to music, and back, where the score has said so for long enough.
func (d *Detector) decide() {
	if d.frames < needed {
		return
	}
	limit, patience := float32(yes), becomes
	if d.width.wide() {
		limit = wideYes
	}
	if d.music {
		limit, patience = no, ends
		if d.width.wide() {
			limit = wideNo
		}
	}
	if d.score > limit == d.music {
		d.against = 0
		return
	}
	if d.against++; d.against >= patience {
		d.music, d.against = !d.music, 0
	}
}

// steadiness watches the level of a bin over seconds.
type steadiness struct {
	mean, off float32
	heard     bool
}

// hear takes the level of a frame, dB.
func (s *steadiness) hear(level float32) {
	const part = 1.0 / (3 * perSecond)
	if !s.heard {
		*s = steadiness{mean: level, off: 4, heard: true} // a tone is found to stay after 3 s
	}
	s.mean += (level - s.mean) * part
	s.off += (max(level-s.mean, s.mean-level) - s.off) * part
}

// always reports whether there is a tone that does not change, or nothing.
func (s *steadiness) always() bool { return s.off < 1.5 }

// width watches how much two channels differ over a second.
type width struct{ ll, rr, lr float32 }

// hear takes a hop of both.
func (w *width) hear(left, right []float32) {
	const keep = 1 - 1.0/100
	w.ll, w.rr, w.lr = keep*w.ll, keep*w.rr, keep*w.lr
	for i := 0; i < len(left); i += decimation {
		l, r := left[i], right[i]
		w.ll += l * l
		w.rr += r * r
		w.lr += l * r
	}
}

// wide reports whether more than a twentieth of one channel cannot be had from the other by
// turning it up or down, as one voice of a call can wherever it is placed.
func (w *width) wide() bool {
	both := w.ll * w.rr
	return both > 1e-12 && w.lr*w.lr < 0.95*both
}
