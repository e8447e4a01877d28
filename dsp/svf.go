package dsp

import "math"

// stateVariable is a filter of second order whose frequency may move while it
// runs, without clicks: the trapezoidal state variable filter, V. Zavalishin,
// "The Art of VA Filter Design" (2012), 4; in the form of A. Simper, "Solving
// the continuous SVF equations using trapezoidal integration" (2013). float64,
// as it serves low frequencies.
type stateVariable struct {
	k, a1, a2, a3  float64
	m1, m2, m3, m4 float64 // the states' next values from their last ones
	s1, s2         float64
}

// set moves the filter to hz with a quality q.
func (f *stateVariable) set(hz, q float64) { f.setAt(hz, q, SampleRate) }

// setAt is set for a signal of another rate, in Hz. The series is tan's, within
// 1e-6 of it.
func (f *stateVariable) setAt(hz, q, rate float64) {
	w := math.Pi * hz / rate
	g := math.Tan(w)
	if w < 0.07 {
		g = w + float64(w*w*w/3)
	}
	f.k = 1 / q
	f.a1 = 1 / (1 + float64(g*(g+f.k)))
	f.a2 = g * f.a1
	f.a3 = g * f.a2
	f.m1, f.m2, f.m3, f.m4 = 2*f.a1-1, 2*f.a2, 1-2*f.a3, 2*f.a3
}

// next takes one sample and returns its parts below, around (1 in the middle)
// and above the frequency, which add up to it.
func (f *stateVariable) next(x float64) (low, band, high float64) {
	s1, s2 := f.s1, f.s2
	d := x - s2
	band = f.k * (float64(f.a1*s1) + float64(f.a2*d))
	low = s2 + float64(f.a2*s1) + float64(f.a3*d)
	// Written out, as the next sample waits for these.
	f.s1 = (float64(f.m1*s1) - float64(f.m2*s2)) + float64(f.m2*x)
	f.s2 = (float64(f.m2*s1) + float64(f.m3*s2)) + float64(f.m4*x)
	return low, band, x - band - low
}

// reset forgets the past.
func (f *stateVariable) reset() { f.s1, f.s2 = 0, 0 }

// settle does what Biquad's does.
func (f *stateVariable) settle() {
	size := math.Abs(f.s1) + math.Abs(f.s2)
	if size < 1e-30 || size-size != 0 {
		f.reset()
	}
}
