package echo

import (
	"math"

	"github.com/stillmic/stillmic/dsp"
)

const (
	// delays is how many hops an echo may be late: 1 s, more than any wireless loudspeaker.
	delays = 100

	// The delay is found between 300 and 4,000 Hz, where voices are and small loudspeakers play.
	delayFrom, delayBins = 300 / dsp.BinHz, (4000 - 300) / dsp.BinHz

	// delayMemory smooths the cross-spectra, over 0.5 s.
	delayMemory = 1 - 1.0/50

	// delayEvery is how many hops lie between two looks.
	delayEvery = 15

	// raisedMost is how much more what is new may count between two looks, when the reference is silent for long.
	raisedMost = 1000

	// delayClear is by how much the best delay stands out against the mean of all.
	delayClear = 4
)

// part is the part of a spectrum that the delay is found by.
type part [delayBins]complex64

// delay finds how late the echo is, by the generalised cross-correlation with phase transform
// (Knapp and Carter 1976), over delays of whole hops.
type delay struct {
	mic, far dsp.Analyzer
	spec     [dsp.Bins]complex64
	past     [delays]part // of the reference
	last     int
	cross    [delays]part
	raised   float32 // by how much what is new counts more than at the last look
	hops     int     // since the last look
	score    [delays]float32
	late     [dsp.Window]float32
	inverse  dsp.Transform

	// What the last look found: the echo is late by so many samples, and whether it is sure.
	found float64
	clear bool
}

func (d *delay) reset() { *d = delay{raised: 1} }

// take learns from a hop of the microphone and of the reference, which is heard or not, and
// reports whether it has looked anew.
func (d *delay) take(mic, far []float32, heard bool) bool {
	d.far.Analyze(d.spec[:], far)
	d.last = (d.last + 1) % delays
	whiten(&d.past[d.last], d.spec[delayFrom:])
	d.mic.Analyze(d.spec[:], mic)
	var m part
	whiten(&m, d.spec[delayFrom:])
	// What is older counts less: rather than to lower that, what is new is raised, and all lowered at the next look.
	d.raised /= delayMemory
	for k, v := range m {
		m[k] = complex(real(v)*d.raised, imag(v)*d.raised)
	}
	for i := range d.cross {
		x, c := &d.past[(d.last+delays-i)%delays], &d.cross[i]
		for k, v := range m {
			y := cross(v, x[k])
			c[k] = complex(real(c[k])+real(y), imag(c[k])+imag(y))
		}
	}
	if heard {
		d.hops++
	} else if d.raised > raisedMost {
		d.lower()
	}
	if d.hops < delayEvery {
		return false
	}
	d.hops = 0
	d.look()
	return true
}

// whiten takes the phases of a spectrum, all alike; silence has none.
func whiten(p *part, spec []complex64) {
	for k := range p {
		v := spec[k]
		power := float64(real(v))*float64(real(v)) + float64(imag(v))*float64(imag(v))
		if power < silent*dsp.Window {
			p[k] = 0
			continue
		}
		g := float32(1 / math.Sqrt(power))
		p[k] = complex(real(v)*g, imag(v)*g)
	}
}

// lower has what is new count as much as ever.
func (d *delay) lower() {
	by := 1 / d.raised
	d.raised = 1
	for i := range d.cross {
		for k, v := range d.cross[i] {
			d.cross[i][k] = complex(real(v)*by, imag(v)*by)
		}
	}
}

// look finds the delay whose cross-spectrum is most alike from hop to hop.
func (d *delay) look() {
	d.lower()
	best, sum := 0, float32(0)
	for i := range d.cross {
		s := float32(0)
		for _, v := range d.cross[i] {
			s += real(v)*real(v) + imag(v)*imag(v)
		}
		d.score[i] = s
		sum += s
		if s > d.score[best] {
			best = i
		}
	}
	d.clear = d.score[best]*delays > delayClear*sum
	clear(d.spec[:])
	copy(d.spec[delayFrom:], d.cross[best][:])
	d.inverse.Inverse(d.late[:], d.spec[:])
	peak := 0
	for i, v := range d.late {
		if v > d.late[peak] {
			peak = i
		}
	}
	between := d.between(peak)
	if peak > dsp.Window/2 {
		peak -= dsp.Window
	}
	d.found = float64(best*dsp.Hop+peak) + between
}

// between returns how far beside the largest sample the peak lies: where a parabola through it and its
// neighbours has its top.
func (d *delay) between(peak int) float64 {
	l := float64(d.late[(peak+dsp.Window-1)%dsp.Window])
	m := float64(d.late[peak])
	r := float64(d.late[(peak+1)%dsp.Window])
	if bend := l - 2*m + r; bend < 0 {
		return 0.5 * (l - r) / bend
	}
	return 0
}

// shift makes the delays so many hops shorter, as the reference comes later now.
func (d *delay) shift(by int) {
	d.last = ((d.last-by)%delays + delays) % delays
	if by > 0 {
		copy(d.cross[:], d.cross[by:])
	} else {
		copy(d.cross[-by:], d.cross[:])
	}
	for i := range d.cross {
		if from := i + by; from < 0 || from >= delays {
			d.cross[i] = part{}
			d.past[(d.last+delays-i)%delays] = part{}
		}
	}
}
