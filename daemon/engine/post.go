package engine

import (
	"sync/atomic"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/dsp"
)

// PostProcessor makes a cleaned voice sound finished; *voice.Chain is one. It works
// in place and allocates nothing.
type PostProcessor interface {
	// Process takes one hop and the probability that it holds speech.
	Process(b *audioio.Block, speech float32)
	// Delay is by how many samples the output lies behind the input, 2,400
	// (50 ms) at most; it does not change.
	Delay() int
	// Reset forgets the past.
	Reset()
}

// PreProcessor is a PostProcessor that also repairs what the suppressor is to hear.
type PreProcessor interface {
	// Prepare takes the microphone's hop, in place. It delays nothing.
	Prepare(b *audioio.Block)
}

// EchoCanceller takes the echo of loudspeakers off the microphone. It delays nothing and
// allocates nothing.
type EchoCanceller interface {
	// Process takes a hop, in place.
	Process(b *audioio.Block)
}

// SetEchoCanceller takes effect with the next hop; nil is none.
func (e *Engine) SetEchoCanceller(c EchoCanceller) { e.post.echo.Store(&c) }

// gainer is a PostProcessor that knows by what it multiplied the level of the last hop.
type gainer interface{ Gain() float32 }

// Tap sees every hop. It must not allocate, lock or block.
type Tap interface {
	// Hop takes what the engine delivers, the microphone at the same moments,
	// the probability of speech, and the gain by which levelling made the voice
	// louder or softer. The blocks are the engine's own.
	Hop(in, out *audioio.Block, speech, gain float32)
}

// SetPostProcessor takes effect with the next hop, cross-faded; nil is none.
func (e *Engine) SetPostProcessor(p PostProcessor) { e.post.next.Store(&p) }

// SetMute silences the microphone, after everything else, ramped over one hop.
func (e *Engine) SetMute(on bool) { e.post.mute.Store(on) }

// Mute returns what SetMute set.
func (e *Engine) Mute() bool { return e.post.mute.Load() }

// SetTap has every hop shown to t from now on; nil is nobody.
func (e *Engine) SetTap(t Tap) { e.post.tap.Store(&t) }

// maxPostDelay is the longest delay of a PostProcessor, in samples.
const maxPostDelay = 2400

// postStage is what follows the suppressor.
type postStage struct {
	processor PostProcessor // the audio goroutine's, nil for none
	before    audioio.Block // this hop before the post-processor, and the last one
	last      audioio.Block
	old       audioio.Block // a hop as the last post-processor makes it
	repaired  audioio.Block // the microphone's hop for the suppressor
	offset    dsp.Offset    // of the microphone
	past      [maxPostDelay + audioio.BlockSize]float32
	open      fader // 1: heard, 0: muted
	first     bool  // the next hop is the first of a stream
	delay     atomic.Int64

	next atomic.Pointer[PostProcessor] // takes the place of processor at the next hop
	tap  atomic.Pointer[Tap]
	echo atomic.Pointer[EchoCanceller]
	mute atomic.Bool
}

// delayOf returns the delay of a post-processor in samples.
func delayOf(p PostProcessor) int {
	if p == nil {
		return 0
	}
	return min(p.Delay(), maxPostDelay)
}

// prepare returns what the suppressor is to hear of the microphone, without an echo and an offset, and
// repaired; the microphone is kept as it is for whoever wants it unprocessed.
func (s *postStage) prepare(in *audioio.Block) *audioio.Block {
	s.repaired = *in
	if c := s.echo.Load(); c != nil && *c != nil {
		(*c).Process(&s.repaired)
	}
	s.offset.Process(s.repaired[:])
	if p, ok := s.processor.(PreProcessor); ok {
		p.Prepare(&s.repaired)
	}
	return &s.repaired
}

// process finishes a hop. A new post-processor is run in with the hop before, so that
// its delay does not begin with silence, and faded in over this one.
func (s *postStage) process(b *audioio.Block, speech float32) {
	s.last, s.before = s.before, *b
	if p := s.next.Load(); p != nil && s.next.CompareAndSwap(p, nil) {
		s.old = *b
		if s.processor != nil {
			s.processor.Process(&s.old, speech)
		}
		s.processor = *p
		s.delay.Store(int64(delayOf(s.processor)))
		if s.processor != nil {
			s.processor.Process(&s.last, speech)
			s.processor.Process(b, speech)
		}
		crossfade(b, &s.old)
		return
	}
	if s.processor != nil {
		s.processor.Process(b, speech)
	}
}

// crossfade moves from old to b within a hop.
func crossfade(b, old *audioio.Block) {
	for i := range b {
		b[i] = old[i] + (b[i]-old[i])*float32(i+1)/audioio.BlockSize
	}
}

// gain returns by what the post-processor multiplied the level of the last hop.
func (s *postStage) gain() float32 {
	if g, ok := s.processor.(gainer); ok {
		return g.Gain()
	}
	return 1
}

// align delays the unprocessed signal like the post-processor does the other.
func (s *postStage) align(dry *audioio.Block) {
	copy(s.past[:], s.past[audioio.BlockSize:])
	copy(s.past[maxPostDelay:], dry[:])
	copy(dry[:], s.past[maxPostDelay-int(s.delay.Load()):])
}

// giveUp leaves out the post-processor that failed half way through a hop.
func (s *postStage) giveUp(b *audioio.Block) {
	*b = s.before
	s.drop()
}

// drop leaves the post-processor out from now on.
func (s *postStage) drop() {
	s.processor = nil
	s.echo.Store(nil) // it may be what failed
	s.delay.Store(0)
}

// gate mutes where that is wanted: from the first sample of a stream, and faded later.
func (s *postStage) gate(out *audioio.Block) {
	if s.first && s.mute.Load() {
		s.open.jump(0)
	}
	s.first = false
	s.open.to(!s.mute.Load())
	s.open.gain(out)
}
