package dsp

import "math"

// Plosive takes away rumble, and the pops that p and b blow into a microphone.
// It is a high-pass of fourth order that stands at 20 Hz, below what can be
// heard, and rises for as long as there is more energy under 70 Hz than in the
// voice above 200 Hz. It delays nothing; within a hop it rises a little before the pop.
type Plosive struct {
	below  stateVariable // what the detector calls a pop
	above  stateVariable // and what the rest
	filter [2]stateVariable
	rest   float64 // mean square of the last 10 ms of the voice
	blow   float64 // the same of the pop
	hz     float64 // where the filter stands

	base, top, ratio float64
	cutoff           [plosiveSteps]float64
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
	p.below.set(plosivePop, math.Sqrt2/2)
	p.above.set(plosiveVoice, math.Sqrt2/2)
	p.Reset()
	return p
}

// Reset forgets the past.
func (p *Plosive) Reset() {
	p.below.reset()
	p.above.reset()
	p.rest, p.blow, p.hz = 0, 0, p.base
	for i := range p.filter {
		p.filter[i].reset()
	}
	p.tune()
}

// Cutoff returns where the high-pass stands at the end of the last hop, in Hz.
func (p *Plosive) Cutoff() float64 { return p.hz }

// Process filters one hop (Hop samples) in place.
func (p *Plosive) Process(hop []float32) {
	hop = hop[:Hop]
	p.detect(hop)
	for i := plosiveSteps - 2; i >= 0; i-- {
		p.cutoff[i] = max(p.cutoff[i], p.cutoff[i+1]-plosiveRise)
	}
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
		blow, rest := 0.0, 0.0
		for _, x := range hop[i*plosiveStep:][:plosiveStep] {
			low, _, _ := p.below.next(float64(x))
			_, _, high := p.above.next(float64(x))
			blow += float64(low * low)
			rest += float64(high * high)
		}
		p.blow = follow(p.blow, blow/plosiveStep, attack, release)
		p.rest = follow(p.rest, rest/plosiveStep, attack, release)
		p.cutoff[i] = p.base
		// All the way up at four times the ratio at which it begins.
		if over := p.blow / (p.ratio*p.rest + plosiveFloor); over > 1 {
			p.cutoff[i] += (p.top - p.base) * min((over-1)/3, 1)
		}
	}
	p.below.settle()
	p.above.settle()
}

func (p *Plosive) tune() {
	p.filter[0].set(p.hz, butterworthLow)
	p.filter[1].set(p.hz, butterworthHigh)
}

// follow moves an average towards v, at one speed up and another down.
func follow(average, v, up, down float64) float64 {
	if v > average {
		return average + up*(v-average)
	}
	if v <= average {
		return average + down*(v-average)
	}
	return 0 // not a number: begin anew
}
