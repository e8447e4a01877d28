package dsp

import (
	"math"
	"slices"
)

// Plosive takes away rumble, and the pops that p and b blow into a microphone.
// It is a high-pass of fourth order that comes in at 20 Hz, below what can be
// heard, and rises for as long as there is more energy under 70 Hz than in the
// voice above 200 Hz. Without a reason it passes everything bit by
// bit. It delays nothing; within a hop it rises a little before the pop.
type Plosive struct {
	below  stateVariable // what the detector calls a pop
	voice  stateVariable // and what the voice
	filter [2]stateVariable
	rest   float64 // mean square of the last 10 ms of the voice
	blow   float64 // the same of the pop
	hz     float64 // where the filter stands

	base, top, ratio float64
	cutoff           [plosiveSteps]float64
	active           bool // the filter is in use
	plain            [Hop]float32
}

const (
	plosiveStep  = 16 // samples between two looks
	plosiveSteps = Hop / plosiveStep
	plosivePop   = 70.0  // Hz; below it lies the pop
	plosiveVoice = 200.0 // Hz; above it the voice
	plosiveFloor = 1e-5  // -50 dBFS: softer pops are not heard
	plosiveRise  = 40.0  // Hz per step of 0.33 ms
	plosiveFall  = 0.99  // of the way back that remains after a step; 33 ms

	// The two halves of a Butterworth filter of fourth order:
	// 1/(2 cos(pi/8)) and 1/(2 cos(3 pi/8)).
	butterworthLow  = 0.54119610
	butterworthHigh = 1.30656296
)

// NewPlosive returns a filter that rises to 120 Hz, a strong one to 200 Hz and at
// half the pop.
func NewPlosive(strong bool) *Plosive {
	p := &Plosive{base: 20, top: 120, ratio: 2}
	if strong {
		p.top, p.ratio = 200, 1
	}
	p.below.setAt(plosivePop, math.Sqrt2/2, SampleRate/plosiveStep)
	p.voice.setAt(plosiveVoice, math.Sqrt2/2, SampleRate/plosiveStep)
	p.Reset()
	return p
}

// Reset forgets the past.
func (p *Plosive) Reset() {
	p.below.reset()
	p.voice.reset()
	p.rest, p.blow, p.hz = 0, 0, p.base
	p.leave()
}

// leave takes the filter out. It begins from nothing again, which passes the
// first sample as it is and lets what is low fade.
func (p *Plosive) leave() {
	p.active = false
	for i := range p.filter {
		p.filter[i].reset()
	}
	p.tune()
}

// Process filters one hop (Hop samples) in place.
func (p *Plosive) Process(hop []float32) {
	hop = hop[:Hop]
	p.detect(hop)
	for i := plosiveSteps - 2; i >= 0; i-- {
		p.cutoff[i] = max(p.cutoff[i], p.cutoff[i+1]-plosiveRise)
	}
	if !p.active && slices.Max(p.cutoff[:]) == p.base {
		return
	}
	p.active = true
	p.plain = [Hop]float32(hop)
	p.filtered(hop)
	if p.hz == p.base { // leave, within this hop
		for i := range hop {
			hop[i] += (p.plain[i] - hop[i]) * float32(i+1) / Hop
		}
		p.leave()
	}
}

// filtered moves the filter over a hop.
func (p *Plosive) filtered(hop []float32) {
	a, b := &p.filter[0], &p.filter[1]
	for i, want := range p.cutoff {
		if want > p.hz {
			p.hz = min(want, p.hz+plosiveRise)
			p.tune()
		} else if p.hz > p.base {
			p.hz = p.base + plosiveFall*(p.hz-p.base)
			if p.hz < p.base+0.1 {
				p.hz = p.base
			}
			p.tune()
		}
		step := hop[i*plosiveStep:][:plosiveStep]
		for k, x := range step {
			_, _, y := a.next(float64(x))
			_, _, y = b.next(y)
			step[k] = float32(y)
		}
	}
	a.settle()
	b.settle()
}

// detect sets where the filter should stand during each step of the hop.
func (p *Plosive) detect(hop []float32) {
	const attack, release = 0.15, 0.03 // per step: 2 ms and 11 ms
	for i := range p.cutoff {
		// The mean of a step is the signal at 3 kHz, enough for what is low. The
		// voice is what is higher, within that signal and beyond.
		sum, all := float32(0), float32(0)
		for _, x := range hop[i*plosiveStep:][:plosiveStep] {
			sum += x
			all += float32(x * x)
		}
		coarse := float64(sum) / plosiveStep
		pop, _, _ := p.below.next(coarse)
		_, _, high := p.voice.next(coarse)
		p.blow = follow(p.blow, pop*pop, attack, release)
		p.rest = follow(p.rest, float64(high*high)+max(float64(all)/plosiveStep-coarse*coarse, 0), attack, release)
		p.cutoff[i] = p.base
		// All the way up at four times the ratio at which it begins.
		if over := p.blow / (p.ratio*p.rest + plosiveFloor); over > 1 {
			p.cutoff[i] += (p.top - p.base) * min((over-1)/3, 1)
		}
	}
	p.below.settle()
	p.voice.settle()
}

func (p *Plosive) tune() {
	p.filter[0].set(p.hz, butterworthLow)
	p.filter[1].set(p.hz, butterworthHigh)
}
