package echo

import (
	"math"

	"github.com/stillmic/stillmic/dsp"
)

// shaper applies gains by bands without any delay: as a filter of minimum phase, made from the
// cepstrum of its gains. See Oppenheim and Schafer, "Discrete-time signal processing", 13.5.
type shaper struct {
	past     [dsp.Hop]float32
	old, now [dsp.Bins]complex64 // spectra of the filters
	size     [dsp.Bins]float32   // of now
	flat     [2]bool             // whether they change nothing
	x        [dsp.Bins]complex64
	y        [dsp.Hop]float32
}

func (s *shaper) reset() {
	*s = shaper{flat: [2]bool{true, true}}
}

// process filters a hop, moving from the gains before to these.
func (s *shaper) process(t *work, hop []float32, gain *[bands]float32) {
	copy(t.block[:dsp.Hop], s.past[:])
	copy(t.block[dsp.Hop:], hop)
	copy(s.past[:], hop)
	flat := true
	for _, g := range gain {
		flat = flat && g == 1
	}
	s.old, s.flat[0], s.flat[1] = s.now, s.flat[1], flat
	if s.flat[0] && s.flat[1] {
		return
	}
	t.transform.Forward(s.x[:], t.block[:])
	if !flat {
		s.design(t, gain)
	}
	s.apply(t, &s.old, s.flat[0], s.y[:], hop)
	s.apply(t, &s.now, s.flat[1], hop, hop)
	for i, v := range s.y {
		hop[i] = v + (hop[i]-v)*(float32(i+1)/dsp.Hop)
	}
}

// apply filters the hop into dst.
func (s *shaper) apply(t *work, filter *[dsp.Bins]complex64, flat bool, dst, hop []float32) {
	if flat {
		copy(dst, hop)
		return
	}
	for k, w := range filter {
		x := s.x[k]
		t.spec[k] = complex(real(x)*real(w)-imag(x)*imag(w), real(x)*imag(w)+imag(x)*real(w))
	}
	t.transform.Inverse(t.block[:], t.spec[:])
	copy(dst, t.block[dsp.Hop:])
}

// design makes the filter of the gains.
func (s *shaper) design(t *work, gain *[bands]float32) {
	s.spread(&t.spec, gain)
	t.transform.Inverse(t.block[:], t.spec[:])
	for i := 1; i < dsp.Hop; i++ { // fold: what lies before time 0 comes after
		t.block[i] *= 2
		t.block[dsp.Window-i] = 0
	}
	t.transform.Forward(s.now[:], t.block[:])
	for k, v := range s.now {
		sin, cos := sincos(imag(v))
		s.now[k] = complex(s.size[k]*cos, s.size[k]*sin)
	}
	t.transform.Inverse(t.block[:], s.now[:])
	clear(t.block[dsp.Hop:]) // so that the blocks do not wrap around
	t.transform.Forward(s.now[:], t.block[:])
}

// spread writes the logarithms of the gains to the bins, in straight lines between the bands' middles, and the gains
// themselves to size: each is the same multiple of the one before, which spares an exponential function.
func (s *shaper) spread(spec *[dsp.Bins]complex64, gain *[bands]float32) {
	before := math.Log(float64(gain[0]))
	at, last := 0, 0
	for b, g := range gain {
		next, middle := math.Log(float64(g)), (edges[b]+edges[b+1])/2
		step := (next - before) / float64(middle-last)
		size, times := float32(math.Exp(before+step*float64(at-last))), float32(math.Exp(step))
		for ; at < middle; at++ {
			spec[at] = complex(float32(before+step*float64(at-last)), 0)
			s.size[at] = size
			size *= times
		}
		before, last = next, middle
	}
	for ; at < dsp.Bins; at++ {
		spec[at] = complex(float32(before), 0)
		s.size[at] = gain[bands-1]
	}
}

// sincos returns sine and cosine of an angle of a few turns at most, to 1e-6: Taylor's series in the quadrant. It takes a
// third of the time of math.Sincos, of which a hop needs hundreds.
func sincos(x float32) (sin, cos float32) {
	quarter := math.Floor(float64(x)*(2/math.Pi) + 0.5)
	r := float32(float64(x) - quarter*(math.Pi/2))
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
