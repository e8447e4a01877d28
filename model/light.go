package model

import (
	"unsafe"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/kernel"
	"github.com/stillmic/stillmic/model/internal/safetensors"
)

// KindShared is the kind of our own small network, whose weights all frequencies
// share; format is what the metadata of its files calls it.
const (
	KindShared = "shared"
	format     = "stillmic-1"
)

// light is a network of that kind.
type light struct {
	shape  Shape
	packed packed
}

// parseLight reads a network out of its file.
func parseLight(file *safetensors.File) (architecture, error) {
	shape, err := parseShape(file.Meta["shape"])
	if err != nil {
		return nil, err
	}
	packed, err := pack(file, shape)
	if err != nil {
		return nil, err
	}
	return &light{shape, packed}, nil
}

func (l *light) kind() string      { return KindShared }
func (l *light) lookahead() int    { return 0 }
func (l *light) delay() int        { return dsp.Hop }
func (l *light) multiplyAdds() int { return l.shape.MultiplyAdds() }

func (l *light) newStream(k *kernel.Set) stream {
	s := &lightStream{network: newNetwork(l, k)}
	s.features.kernels, s.features.edges = k, dsp.BandEdges()
	return s
}

// lightStream is the small network on one stream.
type lightStream struct {
	analyzer    dsp.Analyzer
	synthesizer dsp.Synthesizer
	features    features
	network     *network
	voice       gainFloor
	spec        [dsp.Bins]complex64
	energy      [dsp.Bands]float32 // of this hop's bands

	// unbound has it leave no noise beside a voice.
	unbound bool
}

func (s *lightStream) bytes() int {
	return int(unsafe.Sizeof(*s)) + int(unsafe.Sizeof(*s.network)) + s.network.bytes()
}

func (s *lightStream) reset() {
	s.analyzer.Reset()
	s.synthesizer.Reset()
	s.features.reset()
	s.network.reset()
	s.network.speech[0], s.voice = 0, gainFloor{}
}

func (s *lightStream) speech() float32 { return s.network.speech[0] }

func (s *lightStream) listen(hop []float32, w *stopwatch) {
	s.analyzer.Analyze(s.spec[:], hop)
	w.end(StageAnalysis)
	s.features.extract(s.network.input(), s.spec[:])
	s.energy = s.features.energy
	w.end(StageFeatures)
	s.network.encode()
	w.end(StageEncoder)
	s.network.runBlocks()
	w.end(StageRecurrent)
	s.network.decode()
	w.end(StageDecoder)
}

func (s *lightStream) render(wet []float32, w *stopwatch) {
	s.mask()
	s.synthesizer.Synthesize(wet, s.spec[:])
	w.end(StageSynthesis)
}

func (s *lightStream) raise(other stream) {
	o := other.(*lightStream)
	s.network.raise(o.network)
	for b, e := range o.energy {
		s.energy[b] += e
	}
}

func (s *lightStream) follow(other stream) {
	o := other.(*lightStream)
	s.network.gain, s.network.phase, s.network.speech = o.network.gain, o.network.phase, o.network.speech
	s.energy = o.energy
}

// mask applies the network's answer to the spectrum: bins of their own are
// scaled and turned, those above scaled by the gain of their band. While there
// is a voice, some of the input is left in (gainFloor), unless it is unbound.
//
// The network gives the tangent t of half the angle, so that cosine and sine
// are rational: (1-t^2)/(1+t^2) and 2t/(1+t^2).
func (s *lightStream) mask() {
	gain, phase, share := &s.network.gain, &s.network.phase, &s.voice.share
	if !s.unbound {
		s.voice.next(s.network.speech[0], &s.energy)
	}
	for k, x := range s.spec[:dsp.LinearBands] {
		t, left := phase[k], share[k]
		g := gain[k] / (1 + t*t)
		c, d := mixIn(left, g*(1-t*t)), (1-left)*g*2*t
		re, im := real(x), imag(x)
		s.spec[k] = complex(re*c-im*d, re*d+im*c)
	}
	edges := &s.features.edges
	for b := dsp.LinearBands; b < dsp.Bands; b++ {
		g, bins := mixIn(share[b], gain[b]), s.spec[edges[b]:edges[b+1]]
		for i, x := range bins {
			bins[i] = complex(real(x)*g, imag(x)*g)
		}
	}
}

// raise takes over the gains of m that are larger, with their turns, and its
// speech if that is surer.
func (n *network) raise(m *network) {
	n.speech[0] = max(n.speech[0], m.speech[0])
	for b, g := range m.gain {
		if g <= n.gain[b] {
			continue
		}
		n.gain[b] = g
		if b < dsp.LinearBands {
			n.phase[b] = m.phase[b]
		}
	}
}
