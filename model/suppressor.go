package model

import (
	"fmt"
	"math"
	"sync/atomic"
	"unsafe"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/kernel"
)

// MaxLookahead is the most hops that a network may hear ahead, and MaxDelay
// the most samples by which a Suppressor's output lies behind its input: 1,440, 30 ms.
const (
	MaxLookahead = 2
	MaxDelay     = (1 + MaxLookahead) * dsp.Hop
)

// chosen is the kernel set of suppressors made from now on.
var chosen atomic.Pointer[kernel.Set]

func init() { chosen.Store(kernel.Best()) }

// SetKernel chooses the kernels ("go", "avx2", "avx512" or "neon") of all
// suppressors made from now on. Without it they are the quickest that this processor can
// run; the error of any other name says which it can.
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
	kernels *kernel.Set
	stream  stream
	limited limitedStream // stream, if it is one

	past     [][dsp.Hop]float32 // the last hops as they came, a ring; as many as the delay
	oldest   int                // the hop in past that comes out next
	fresh    [dsp.Hop]float32   // this hop, as it came but finite
	analysed [dsp.Hop]float32   // this hop, within what the features bear
	wet      [dsp.Hop]float32   // the cleaned hop that is due

	limit  AttenuationLimit
	speech float32
	kept   kept
	stages stopwatch
}

// NewSuppressor returns a Suppressor that stands after silence, with no
// attenuation limit.
func NewSuppressor(w *Weights) *Suppressor {
	k := chosen.Load()
	s := &Suppressor{kernels: k, stream: w.net.newStream(k), past: make([][dsp.Hop]float32, w.Delay()/dsp.Hop)}
	s.limited, _ = s.stream.(limitedStream)
	return s
}

// Kernel returns the name of the kernel set in use.
func (s *Suppressor) Kernel() string { return s.kernels.Name }

// Delay returns by how many samples the output lies behind the input: Weights.Delay
// of its network.
func (s *Suppressor) Delay() int { return len(s.past) * dsp.Hop }

// StateBytes returns the memory that one stream takes beside the weights.
func (s *Suppressor) StateBytes() int {
	return int(unsafe.Sizeof(*s)) + len(s.past)*int(unsafe.Sizeof(s.fresh)) + s.stream.bytes()
}

// Reset forgets the past and keeps the settings, which apply at once.
func (s *Suppressor) Reset() {
	s.stream.reset()
	clear(s.past)
	s.limit.Jump()
	s.speech, s.kept = 0, kept{}
}

// SetAttenuationLimit bounds by how many dB noise is lowered, as AttenuationLimit.Set does:
// at 0 the output is the input, bit for bit, Delay samples later.
func (s *Suppressor) SetAttenuationLimit(dB float32) { s.limit.Set(dB) }

// SpeechProbability returns how sure the network is, from 0 to 1, that there is speech
// in the last hop that it has answered for: the last handed in or, of a network that looks
// ahead, so many hops before that. It belongs to what comes out in the same call. Of what it
// takes away, more than 10 dB of some 0.3 s, it is less sure.
func (s *Suppressor) SpeechProbability() float32 { return s.speech }

// Process takes the next hop of 480 samples from src and writes to dst the 480
// cleaned samples that came in Delay samples before. Full scale is 1. Samples that are not
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
	s.stages.start()
	s.kernels.Wake()
	s.accept(src)
	s.stream.listen(s.analysed[:], &s.stages)
}

// render applies the network's answer and gives out the hop that is due.
func (s *Suppressor) render(dst []float32) {
	dry := s.due()
	if s.limited != nil {
		s.renderLimited(dst, dry)
	} else {
		s.answer(dry)
		s.speech *= s.kept.of(dsp.Energy(dry[:]), dsp.Energy(s.wet[:]))
		s.limit.Mix(dst, dry[:], s.wet[:])
	}
	if len(s.past) > 0 {
		*dry = s.fresh
		s.oldest = (s.oldest + 1) % len(s.past)
	}
	s.stages.end(StageOutput)
}

// answer applies the network's answer to what is due, dry.
func (s *Suppressor) answer(dry *[dsp.Hop]float32) {
	s.stream.render(s.wet[:], &s.stages)
	s.speech = s.stream.speech()
	s.mend(dry)
}

// renderLimited writes the hop that is due, dry, as a stream gives it that keeps to the limit itself.
func (s *Suppressor) renderLimited(dst []float32, dry *[dsp.Hop]float32) {
	from, to := s.limit.next()
	s.limited.bound(from, to)
	s.answer(dry)
	s.speech *= s.kept.of(s.limited.energies())
	if from == 1 && to == 1 { // what came, not what is analysed of it
		copy(dst, dry[:])
		return
	}
	copy(dst, s.wet[:])
}

// due is the hop that comes out next, as it came.
func (s *Suppressor) due() *[dsp.Hop]float32 {
	if len(s.past) == 0 {
		return &s.fresh
	}
	return &s.past[s.oldest]
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

// mend puts the input in the place of a hop that is no sound, and has the network begin
// anew: weights that nobody trained can overflow.
func (s *Suppressor) mend(dry *[dsp.Hop]float32) {
	if dsp.Outside(s.wet[:], 0, math.MaxFloat32) || s.speech-s.speech != 0 {
		s.stream.reset()
		s.wet, s.speech = *dry, 0
	}
}

// ProcessLinked is Process for the channels of one recording: every channel is
// heard by itself, and in each band all get the largest gain that any of them
// was given, with the turn or filter that belongs to it. So the picture between the
// loudspeakers stays where it is, and no voice is lost that one channel has. dst
// and src hold one hop per Suppressor; all of them have the same network and limit.
func ProcessLinked(s []*Suppressor, dst, src [][]float32) {
	for i, one := range s {
		one.listen(dst[i], src[i])
	}
	for _, one := range s[1:] {
		s[0].stream.raise(one.stream)
	}
	for _, one := range s[1:] {
		one.stream.follow(s[0].stream)
	}
	speech := float32(0)
	for i, one := range s {
		one.render(dst[i])
		speech = max(speech, one.speech)
	}
	for _, one := range s {
		one.speech = speech
	}
}
