package dsp

import "math"

// Hum finds the hum of the mains, 50 or 60 Hz and its harmonics, and takes it
// away with notches 2 Hz wide at exactly the frequency it has. What the mains
// did not put there, a deep voice above all, is no steady tone and passes. It
// delays nothing; it needs 3 s to find a hum, as it must see it stand still.
type Hum struct {
	detect  humDetector
	notches [humHarmonics]humNotch
	active  int // notches in use: the first ones, in no order
	base    float64
	most    int
}

const (
	humHarmonics = 12
	humWidth     = 2.0 // Hz
)

// humNotch is a notch that fades in and out.
type humNotch struct {
	filter   Biquad
	harmonic int
	gain     float64 // share of the filter's output
	leaving  bool
}

// NewHum returns a remover of hum up to the 6th harmonic, a strong one up to
// the 12th.
func NewHum(strong bool) *Hum {
	h := &Hum{most: humHarmonics / 2}
	if strong {
		h.most = humHarmonics
	}
	h.Reset()
	return h
}

// Reset forgets the hum.
func (h *Hum) Reset() {
	h.detect.reset(h.most)
	h.active, h.base = 0, 0
}

// Base returns the frequency of the mains where hum was found, in Hz; 0 while
// there is none.
func (h *Hum) Base() float64 {
	if h.active == 0 {
		return 0
	}
	return h.base
}

// Process takes the hum out of one hop (Hop samples) in place. It listens to
// what comes in, so that it knows when the hum has ended.
func (h *Hum) Process(hop []float32) {
	hop = hop[:Hop]
	if h.detect.listen(hop) {
		h.retune()
	}
	if h.active > 0 {
		h.remove(hop)
	}
}

// retune follows what the detector found.
func (h *Hum) retune() {
	base := h.detect.frequency()
	moved := math.Abs(base-h.base) > 0.005
	h.base = base
	for i := range h.notches[:h.active] {
		n := &h.notches[i]
		n.leaving = !h.detect.found(n.harmonic)
		if moved && !n.leaving {
			n.tune(base)
		}
	}
	for k := 1; k <= h.most; k++ {
		if h.detect.found(k) && !h.has(k) && h.active < humHarmonics {
			h.notches[h.active] = humNotch{harmonic: k}
			h.notches[h.active].tune(base)
			h.active++
		}
	}
}

func (h *Hum) has(harmonic int) bool {
	for _, n := range h.notches[:h.active] {
		if n.harmonic == harmonic {
			return true
		}
	}
	return false
}

// tune moves the notch and keeps what it remembers.
func (n *humNotch) tune(base float64) {
	z1, z2 := n.filter.z1, n.filter.z2
	n.filter = Notch(base*float64(n.harmonic), humWidth)
	n.filter.z1, n.filter.z2 = z1, z2
}

// remove runs the notches, all within one pass over the samples: the processor
// then works on several at once.
func (h *Hum) remove(hop []float32) {
	notches := h.notches[:h.active]
	var step [humHarmonics]float64
	for i := range notches {
		to := 1.0
		if notches[i].leaving {
			to = 0
		}
		step[i] = (to - notches[i].gain) / Hop
	}
	for k, x := range hop {
		v := float64(x)
		for i := range notches {
			n := &notches[i]
			n.gain += step[i]
			v += float64(n.gain * (n.filter.next(v) - v))
		}
		hop[k] = float32(v)
	}
	left := 0
	for i := range notches {
		n := &notches[i]
		n.filter.settle()
		n.gain = 1
		if !n.leaving {
			notches[left] = *n
			left++
		}
	}
	h.active = left
}
