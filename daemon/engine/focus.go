package engine

import (
	"sync/atomic"

	"github.com/stillmic/stillmic/audioio"
)

// Focus lowers voices that are not wanted in what comes out of the suppressor, as *focus.Focus
// does. It allocates nothing.
type Focus interface {
	// Process takes a hop of the microphone, the same hop as the suppressor makes it, which is
	// changed in place, and how likely it holds speech, 0 to 1. It returns how likely what is left
	// holds a wanted voice. raw is not to be changed.
	Process(raw, clean []float32, speech float32) float32
	// Delay is by how many samples what Process gives lies behind what it takes: none, or a hop.
	Delay() int
	// Other reports whether a voice is being lowered, its short pauses included.
	Other() bool
	// Reset forgets what was heard: another microphone or another stream begins.
	Reset()
}

// SetFocus takes effect with the next hop, cross-faded; nil is none. One that was set is the
// engine's from then on.
func (e *Engine) SetFocus(f Focus) { e.focus.next.Store(&f) }

// Other reports whether the focus is lowering another's voice.
func (e *Engine) Other() bool { return e.focus.other.Load() }

// focusStage lowers other voices between the suppressor and the post-processor.
type focusStage struct {
	focus  Focus         // the audio goroutine's, nil for none
	before audioio.Block // this hop before it
	old    audioio.Block // this hop as the focus before makes it
	begin  bool          // the next hop is the first of a stream

	next  atomic.Pointer[Focus] // takes the place of focus at the next hop
	other atomic.Bool
}

// process changes a hop and returns how likely it holds a wanted voice. Another focus is faded in over this hop.
func (s *focusStage) process(raw, out *audioio.Block, speech float32) (voice float32) {
	p := s.next.Load()
	if p == nil && s.focus == nil {
		return speech
	}
	s.before = *out
	if s.begin && s.focus != nil {
		s.focus.Reset()
	}
	s.begin = false
	if p == nil || !s.next.CompareAndSwap(p, nil) {
		voice = s.apply(raw, out, speech)
	} else {
		s.old = *out
		s.apply(raw, &s.old, speech)
		s.focus = *p
		voice = s.apply(raw, out, speech)
		crossfade(out, &s.old)
	}
	s.other.Store(s.focus != nil && s.focus.Other())
	return voice
}

// apply has the focus change a hop, if there is one.
func (s *focusStage) apply(raw, out *audioio.Block, speech float32) float32 {
	if s.focus == nil {
		return speech
	}
	return s.focus.Process(raw[:], out[:], speech)
}

// giveUp leaves out the focus that failed half way through a hop.
func (s *focusStage) giveUp(out *audioio.Block) {
	*out = s.before
	s.drop()
}

// drop leaves the focus out from now on.
func (s *focusStage) drop() {
	s.focus = nil
	s.other.Store(false)
}
