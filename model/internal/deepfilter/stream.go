package deepfilter

import (
	"unsafe"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/kernel"
)

// Stream is a network that hears one stream. Its methods are called in the order Hear,
// Encode, DecodeGains, DecodeFilter, Render for each frame; Next, before, is where the frame
// goes. It allocates nothing.
type Stream struct {
	// AsIs has the network hear soft sounds as soft as they are, like PyTorch's does.
	AsIs bool

	weights   *Weights
	worker    *worker
	lookahead int
	features  features
	spectra   spectra
	encoded   encoded
	gains     gains
	taps      taps
	voice     voice
	missing   int  // frames that have to be heard before there is one to answer for
	waits     bool // this one was such a frame

	power  [Low]float32 // see Raise
	judged bool         // power is of this frame
}

// NewStream returns a stream that stands after silence.
func NewStream(w *Weights, k *kernel.Set) *Stream {
	s := &Stream{
		weights: w, worker: newWorker(k), lookahead: w.lookahead,
		features: features{kernels: k}, encoded: newEncoded(), gains: newGains(), taps: newTaps(),
	}
	s.Reset()
	return s
}

// Reset forgets the past.
func (s *Stream) Reset() {
	s.features.reset()
	s.spectra = spectra{}
	s.encoded.reset()
	s.gains.reset()
	s.taps.reset()
	s.voice.reset()
	s.missing = s.lookahead
}

// Next returns where the next frame's spectrum goes: dsp.Bins values, unscaled, by the
// window dsp.Vorbis.
func (s *Stream) Next() []complex64 { return s.spectra.next() }

// Hear makes the features of the frame in Next.
func (s *Stream) Hear() {
	s.judged = false
	s.features.extract(s.spectra.ago(0)[:], s.AsIs)
	if s.waits = s.missing > 0; s.waits {
		s.missing--
		return
	}
	s.encoded.push(&s.features)
}

// Encode runs the encoder for the frame that the lookahead is complete of.
func (s *Stream) Encode() {
	if !s.waits {
		s.weights.encoder.run(s.worker, &s.encoded)
	}
}

// DecodeGains runs the ERB decoder.
func (s *Stream) DecodeGains() {
	if !s.waits {
		s.weights.erb.run(s.worker, &s.gains, &s.encoded)
	}
}

// DecodeFilter runs the decoder of the deep filter.
func (s *Stream) DecodeFilter() {
	if !s.waits {
		s.weights.df.run(s.worker, &s.taps, &s.encoded)
	}
}

// Render writes the cleaned frame (dsp.Bins values), the lookahead before the newest.
func (s *Stream) Render(spec []complex64) {
	s.filter(spec)
	s.voice.next(spec, s.lsnr())
}

// Speech is how sure it is, from 0 to 1, that the frame of the last Render holds speech.
func (s *Stream) Speech() float32 { return s.voice.probability }

// Gains are those of the bands in the last frame.
func (s *Stream) Gains() []float32 { return s.gains.gain[:] }

// lsnr is the local signal-to-noise ratio in dB, -15 to 35, that the encoder hears around
// the frame.
func (s *Stream) lsnr() float32 { return lsnrLow + (lsnrHigh-lsnrLow)*s.encoded.lsnr[0] }

// Raise takes over what another stream of the same network lets through more of: the
// gains of bands that are larger, and the taps of bins of whose sound they leave more.
func (s *Stream) Raise(other *Stream) {
	s.judge()
	other.judge()
	for b, g := range other.gains.gain {
		s.gains.gain[b] = max(s.gains.gain[b], g)
	}
	for k, p := range other.power {
		if p > s.power[k] {
			s.power[k], s.taps.tap[k] = p, other.taps.tap[k]
		}
	}
	s.encoded.lsnr[0] = max(s.encoded.lsnr[0], other.encoded.lsnr[0])
}

// Follow makes the answer that of another stream of the same network.
func (s *Stream) Follow(other *Stream) {
	s.gains.gain, s.taps.tap, s.encoded.lsnr = other.gains.gain, other.taps.tap, other.encoded.lsnr
}

// judge sets power to what the filter leaves of each bin.
func (s *Stream) judge() {
	if s.judged {
		return
	}
	s.judged = true
	frames, frame := s.spectra.all(), s.spectra.ago(s.lookahead)
	square := func(x complex64) float32 { return real(x)*real(x) + imag(x)*imag(x) }
	for k := range s.power {
		s.power[k] = square(filtered(&frames, &s.taps.tap[k], k)) / (square(frame[k]) + leastPower)
	}
}

// leastPower keeps silence from being divided by: a thousandth of 16-bit rounding's power
// in a bin.
const leastPower = 4e-11

// Bytes is the memory of the stream.
func (s *Stream) Bytes() int {
	count := len(s.gains.narrow) + len(s.gains.between) + len(s.gains.wide) + len(s.taps.narrow) + len(s.taps.flat) +
		len(s.taps.path) + 4*len(s.taps.waiting[0][0]) + len(s.encoded.c1) + len(s.encoded.between) + len(s.encoded.embedding) +
		len(s.encoded.narrow)
	for _, p := range append(s.encoded.planes(), s.gains.planes()...) {
		count += len(p.all)
	}
	const cells, values = 5, 5 * Units // a cell's states, sums and others
	return int(unsafe.Sizeof(*s)) + 4*(count+cells*values) + 2*len(s.worker.rounded) + 4*Units
}

var _ = [1]struct{}{}[dsp.Window-960] // what the network was trained with
