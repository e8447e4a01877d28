package dsp

import "math"

// Shaper lowers each frequency by a gain of its own without any delay: by a filter of minimum
// phase, made of the cepstrum of the gains. See Oppenheim and Schafer, "Discrete-time signal
// processing", 13.5. The zero value changes nothing and stands after silence; it belongs to
// one goroutine and allocates nothing.
type Shaper struct {
	// Gain holds the gains of the next hop, above 0, for each bin, and Log their natural
	// logarithms.
	Gain, Log [Bins]float32

	// Fade is how many samples of a hop it takes to get from the filter before to its own, at
	// most Hop; 0 is Hop.
	Fade int

	transform Transform
	past      [Hop]float32
	old, now  [Bins]complex64 // spectra of the filters
	shapes    [2]bool         // whether they change anything
	block     [Window]float32
	spec, x   [Bins]complex64
	y         [Hop]float32
}

// Reset forgets the past.
func (s *Shaper) Reset() { *s = Shaper{Fade: s.Fade} }

// Design makes the filter of the next hop of the gains.
func (s *Shaper) Design() {
	s.turn(true)
	for k, l := range s.Log {
		s.spec[k] = complex(l, 0)
	}
	s.transform.Inverse(s.block[:], s.spec[:])
	for i := 1; i < Hop; i++ { // fold: what lies before time 0 comes after
		s.block[i] *= 2
		s.block[Window-i] = 0
	}
	s.transform.Forward(s.now[:], s.block[:])
	for k, v := range s.now {
		sin, cos := sincos(imag(v))
		s.now[k] = complex(s.Gain[k]*cos, s.Gain[k]*sin)
	}
	s.transform.Inverse(s.block[:], s.now[:])
	clear(s.block[Hop:]) // so that the blocks do not wrap around
	s.transform.Forward(s.now[:], s.block[:])
}

// Pass has the next hop pass as it is.
func (s *Shaper) Pass() { s.turn(false) }

// Follow makes the filter of the next hop that of another Shaper.
func (s *Shaper) Follow(other *Shaper) {
	s.turn(other.shapes[1])
	s.now = other.now
}

// turn has what was the next filter be the last one.
func (s *Shaper) turn(shapes bool) {
	s.old = s.now
	s.shapes[0], s.shapes[1] = s.shapes[1], shapes
}

// Process filters a hop, moving from the filter before to this one. dst may be src.
func (s *Shaper) Process(dst, src []float32) {
	dst, src = dst[:Hop], src[:Hop]
	copy(s.block[:Hop], s.past[:])
	copy(s.block[Hop:], src)
	copy(s.past[:], src)
	if s.shapes == [2]bool{} {
		copy(dst, src)
		return
	}
	s.transform.Forward(s.x[:], s.block[:])
	s.apply(&s.old, s.shapes[0], s.y[:], s.past[:])
	s.apply(&s.now, s.shapes[1], dst, s.past[:])
	fade := s.Fade
	if fade == 0 {
		fade = Hop
	}
	for i, v := range s.y[:fade] {
		dst[i] = v + float32((dst[i]-v)*(float32(i+1)/float32(fade)))
	}
}

// apply filters the hop into dst.
func (s *Shaper) apply(filter *[Bins]complex64, shapes bool, dst, hop []float32) {
	if !shapes {
		copy(dst, hop)
		return
	}
	for k, w := range filter {
		x := s.x[k]
		s.spec[k] = complex(float32(real(x)*real(w))-float32(imag(x)*imag(w)),
			float32(real(x)*imag(w))+float32(imag(x)*real(w)))
	}
	s.transform.Inverse(s.block[:], s.spec[:])
	copy(dst, s.block[Hop:])
}

// sincos returns sine and cosine of an angle of a few turns at most, to 1e-6: Taylor's series in the quadrant. It takes a
// third of the time of math.Sincos, of which a hop needs hundreds.
func sincos(x float32) (sin, cos float32) {
	quarter := math.Floor(float64(float64(x)*(2/math.Pi)) + 0.5)
	r := float32(float64(x) - float64(quarter*(math.Pi/2)))
	rr := float32(r * r)
	sin = r * (1 + float32(rr*(-1.0/6+float32(rr*(1.0/120-float32(rr*(1.0/5040)))))))
	cos = 1 + float32(rr*(-0.5+float32(rr*(1.0/24+float32(rr*(-1.0/720+float32(rr*(1.0/40320))))))))
	switch int(quarter) & 3 {
	case 1:
		return cos, -sin
	case 2:
		return -sin, -cos
	case 3:
		return -cos, sin
	}
	return sin, cos
}
