package deepfilter

import "github.com/stillmic/stillmic/dsp"

// spectra has the last frames, as many as the filter has taps.
type spectra struct {
	frames [Taps][dsp.Bins]complex64
	newest int
}

// next is where the next frame goes.
func (s *spectra) next() []complex64 {
	s.newest = (s.newest + 1) % Taps
	return s.frames[s.newest][:]
}

// ago is the frame so many before the newest.
func (s *spectra) ago(n int) *[dsp.Bins]complex64 { return &s.frames[(s.newest+Taps-n)%Taps] }

// all is the frames, the oldest first.
func (s *spectra) all() (frames [Taps]*[dsp.Bins]complex64) {
	for i := range frames {
		frames[i] = s.ago(Taps - 1 - i)
	}
	return frames
}

// filter writes the cleaned frame: of the lowest bins the sum of the last five frames,
// each times its tap, and above those the frame that the network answered for times the
// gains of the bands.
func (s *Stream) filter(spec []complex64) {
	frames := s.spectra.all()
	for k := range Low {
		spec[k] = filtered(&frames, &s.taps.tap[k], k)
	}
	frame := s.spectra.ago(s.lookahead)
	for b, g := range s.gains.gain {
		for k := max(edges[b], Low); k < edges[b+1]; k++ {
			spec[k] = complex(g*real(frame[k]), g*imag(frame[k]))
		}
	}
}

// filtered is bin k of the filter's output: the sum of its values in the frames times the taps.
func filtered(frames *[Taps]*[dsp.Bins]complex64, tap *[Taps]complex64, k int) complex64 {
	var re, im float32
	for i, t := range tap {
		x := frames[i][k]
		re += real(x)*real(t) - imag(x)*imag(t)
		im += real(x)*imag(t) + imag(x)*real(t)
	}
	return complex(re, im)
}
