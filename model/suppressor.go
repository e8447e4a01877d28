package model

import (
	"fmt"
	"math"
	"sync/atomic"
	"unsafe"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/kernel"
)

// Delay is how many samples the output lies behind the input: the overlap of
// half a window. With the hop that has to be complete first, the algorithmic
// latency is 20 ms.
const Delay = dsp.Hop

// chosen is the kernel set of suppressors made from now on.
var chosen atomic.Pointer[kernel.Set]

func init() { chosen.Store(kernel.Best()) }

// Kernels returns the names of the kernel sets that this processor can run,
// slowest first; the last one is in use unless SetKernel was called.
func Kernels() []string { return kernel.Names() }

// SetKernel chooses the kernels ("go", "avx2", "avx512" or "neon") of all
// suppressors made from now on.
func SetKernel(name string) error {
	k, err := kernel.Named(name)
	if err != nil {
		return err
	}
	chosen.Store(k)
	return nil
}

// Suppressor cleans one stream. It belongs to one goroutine at a time; make one
// per channel.
type Suppressor struct {
	kernels     *kernel.Set
	analyzer    dsp.Analyzer
	synthesizer dsp.Synthesizer
	features    features
	network     *network
	spec        [dsp.Bins]complex64

	dry      [dsp.Hop]float32 // the hop before, as it came
	fresh    [dsp.Hop]float32 // this hop, as it came but finite
	analysed [dsp.Hop]float32 // this hop, within what the features bear
	wet      [dsp.Hop]float32 // the cleaned hop before

	voice        voiceBound
	energy       [dsp.Bands]float32 // of this hop's bands
	limit        float32            // share of dry in the output that the limit asks for
	bypass       bool
	share        float32 // share of dry at the end of the last hop
	before, left float32 // energy of the last hop before and after
	lap          lap
}

// NewSuppressor returns a Suppressor that stands after silence, with no
// attenuation limit.
func NewSuppressor(w *Weights) *Suppressor {
	k := chosen.Load()
	s := &Suppressor{kernels: k, network: newNetwork(w, k)}
	s.features.kernels, s.features.edges = k, dsp.BandEdges()
	return s
}

// Kernel returns the name of the kernel set in use.
func (s *Suppressor) Kernel() string { return s.kernels.Name }

// StateBytes returns the memory that one stream takes beside the weights.
func (s *Suppressor) StateBytes() int {
	return int(unsafe.Sizeof(*s)) + int(unsafe.Sizeof(*s.network)) + s.network.bytes()
}

// Reset forgets the past and keeps the settings, which apply at once.
func (s *Suppressor) Reset() {
	s.analyzer.Reset()
	s.synthesizer.Reset()
	s.features.reset()
	s.network.reset()
	clear(s.dry[:])
	s.share = s.target()
	s.before, s.left = 0, 0
	s.network.speech[0], s.voice = 0, voiceBound{}
}

// SetAttenuationLimit bounds by how many dB noise is lowered, ramped over the
// next hop. At 0 the output is the input, bit for bit, Delay samples later; at
// 100 and above, and at +Inf, there is no limit. Values below 0 and NaN count
// as 0.
//
// As in DeepFilterNet, the limit mixes share*input + (1-share)*cleaned with
// share = 10^(-dB/20): where the network removes everything, the input is left
// at -dB.
func (s *Suppressor) SetAttenuationLimit(dB float32) {
	switch {
	case dB >= 100:
		s.limit = 0
	case dB > 0:
		s.limit = float32(math.Pow(10, -float64(dB)/20))
	default:
		s.limit = 1
	}
}

// SetBypass lets the input through like an attenuation limit of 0, which it
// overrides. The network goes on listening, so that it is in the picture when
// the bypass ends.
func (s *Suppressor) SetBypass(on bool) { s.bypass = on }

// target is the share of dry that the settings ask for.
func (s *Suppressor) target() float32 {
	if s.bypass {
		return 1
	}
	return s.limit
}

// SpeechProbability returns how sure the network is, from 0 to 1, that the last
// hop handed in holds speech.
func (s *Suppressor) SpeechProbability() float32 { return s.network.speech[0] }

// NoiseReductionDB returns by how many dB the last hop handed out is lower than
// it came in, settings included. Silence (below -100 dBFS) counts as -100 dBFS.
func (s *Suppressor) NoiseReductionDB() float32 {
	const floor = dsp.Hop * 1e-10
	return float32(10 * math.Log10(float64((s.before+floor)/(s.left+floor))))
}

// Process takes the next hop of 480 samples from src and writes to dst the 480
// cleaned samples of the hop before. Full scale is 1. Samples that are not
// finite count as 0. dst may be src. Other lengths panic.
func (s *Suppressor) Process(dst, src []float32) {
	s.listen(dst, src)
	s.render(dst)
}

// listen takes in a hop, up to the network's answer. dst is only looked at.
func (s *Suppressor) listen(dst, src []float32) {
	if len(dst) != dsp.Hop || len(src) != dsp.Hop {
		panic(fmt.Sprintf("model: hop of %d samples in, %d out, both must be %d", len(src), len(dst), dsp.Hop))
	}
	s.lap.start()
	s.kernels.Wake()
	s.accept(src)
	s.analyzer.Analyze(s.spec[:], s.analysed[:])
	s.lap.end(StageAnalysis)
	s.features.extract(s.network.input(), s.spec[:])
	s.energy = s.features.energy
	s.lap.end(StageFeatures)
	s.network.encode()
	s.lap.end(StageEncoder)
	s.network.recur()
	s.lap.end(StageRecurrent)
	s.network.decode()
	s.lap.end(StageDecoder)
}

// render applies the network's answer and gives out the hop before.
func (s *Suppressor) render(dst []float32) {
	s.mask()
	s.synthesizer.Synthesize(s.wet[:], s.spec[:])
	s.lap.end(StageSynthesis)
	s.mix(dst)
	s.dry = s.fresh
	s.lap.end(StageOutput)
}

// loudest and softest bound what is analysed: 30 dB above full scale, so that no
// fourth power overflows, and far below any converter, so that none of the
// transform's products is a denormal number, on which processors are slow.
const (
	loudest = 32
	softest = 1e-15
)

// accept copies the input, made finite, and once more within the bounds of the
// analysis. As a rule all of it is.
func (s *Suppressor) accept(src []float32) {
	src = src[:dsp.Hop]
	copy(s.fresh[:], src)
	copy(s.analysed[:], src)
	if !dsp.Outside(src, softest, loudest) {
		return
	}
	for i, v := range src {
		s.fresh[i], s.analysed[i] = bounded(v)
	}
}

// bounded makes a sample finite, and what is analysed of it stay within the bounds.
func bounded(v float32) (fresh, analysed float32) {
	switch {
	case v-v != 0: // infinite or not a number
		return 0, 0
	case v > loudest:
		return v, loudest
	case v < -loudest:
		return v, -loudest
	case v < softest && v > -softest:
		return v, 0
	}
	return v, v
}

// mask applies the network's answer to the spectrum: bins of their own are
// scaled and turned, those above scaled by the gain of their band. While there
// is a voice, some of the input is left in (voiceBound).
//
// The network gives the tangent t of half the angle, so that cosine and sine
// are rational: (1-t^2)/(1+t^2) and 2t/(1+t^2).
func (s *Suppressor) mask() {
	gain, turn, share := &s.network.gain, &s.network.turn, &s.voice.share
	s.voice.next(s.network.speech[0], &s.energy)
	for k, x := range s.spec[:dsp.LinearBands] {
		t, left := turn[k], share[k]
		g := gain[k] / (1 + t*t)
		c, d := leave(left, g*(1-t*t)), (1-left)*g*2*t
		re, im := real(x), imag(x)
		s.spec[k] = complex(re*c-im*d, re*d+im*c)
	}
	edges := &s.features.edges
	for b := dsp.LinearBands; b < dsp.Bands; b++ {
		g, bins := leave(share[b], gain[b]), s.spec[edges[b]:edges[b+1]]
		for i, x := range bins {
			bins[i] = complex(real(x)*g, imag(x)*g)
		}
	}
}

// mix writes the output: the cleaned hop with its share of the input, which
// moves to its target over the hop.
func (s *Suppressor) mix(dst []float32) {
	dst = dst[:dsp.Hop]
	from, to := s.share, s.target()
	s.share = to
	switch {
	case from == 1 && to == 1:
		copy(dst, s.dry[:])
	case from == 0 && to == 0:
		copy(dst, s.wet[:])
	case from == to:
		for i, wet := range s.wet {
			dst[i] = to*s.dry[i] + (1-to)*wet
		}
	default:
		step := (to - from) / dsp.Hop
		for i, wet := range s.wet {
			share := from + step*float32(i+1)
			dst[i] = share*s.dry[i] + (1-share)*wet
		}
	}
	s.before, s.left = dsp.Energy(s.dry[:]), dsp.Energy(dst)
}
