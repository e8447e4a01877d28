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
func (e *Engine) SetFocus(f Focus) {
	e.focus.failed.Store(false)
	e.focus.next.Store(&f)
}

// FocusFailed reports whether the focus was left out after a panic, and none has taken its place.
func (e *Engine) FocusFailed() bool { return e.focus.failed.Load() }

// Other reports whether the focus that was set last is lowering another's voice in a stream that runs.
func (e *Engine) Other() bool { return e.focus.next.Load() == nil && e.focus.other.Load() }

// focusStage lowers other voices between the suppressor and the post-processor. What comes out of it
// lies a hop behind with some of them, and so does the microphone beside it then.
type focusStage struct {
	focus  Focus         // the audio goroutine's, nil for none
	late   int           // hops by which what it gives lies behind
	before audioio.Block // this hop before it
	last   audioio.Block // the hop before that
	old    audioio.Block // this hop as the focus before makes it
	speech float32       // how likely last holds speech
	whole  bool          // last is what came out of the suppressor a hop ago
	anew   bool          // what the focus remembers is of another time

	unheard audioio.Block // what a focus makes of last before it is heard

	next   atomic.Pointer[Focus] // takes the place of focus at the next hop
	other  atomic.Bool
	failed atomic.Bool
	delay  atomic.Int32 // late, for others
}

// mostFocusDelay is the longest delay of a Focus, in hops.
const mostFocusDelay = 1

// process changes a hop, and returns how likely what comes out holds a wanted voice, and speech. Another
// focus is faded in over this hop. raw is the microphone as the suppressor has heard it in this hop,
// and rawLast in the one before.
func (s *focusStage) process(rawLast, raw, out *audioio.Block, speech float32) (voice, spoken float32) {
	s.before = *out
	if s.anew && s.focus != nil {
		s.focus.Reset()
		s.runIn(rawLast)
	}
	s.anew = false
	if p := s.next.Load(); p == nil || !s.whole {
		voice = s.apply(raw, out, speech)
	} else {
		s.old = *out
		voice = s.apply(raw, &s.old, speech) // if that panics, the next one still waits
		s.other.Store(false)                 // of the one that goes nothing is said any more
		if s.next.CompareAndSwap(p, nil) {
			s.take(*p)
			s.failed.Store(false)
			s.runIn(rawLast)
			voice = s.apply(raw, out, speech)
			crossfade(out, &s.old)
		} else {
			*out = s.old
		}
	}
	s.other.Store(s.focus != nil && s.focus.Other())
	spoken = speech
	if s.late > 0 {
		spoken = s.speech
	}
	s.keep(speech)
	return voice, spoken
}

// keep keeps what this hop was before the focus.
func (s *focusStage) keep(speech float32) { s.last, s.speech, s.whole = s.before, speech, true }

// take puts a focus in its place, nil for none.
func (s *focusStage) take(f Focus) {
	s.focus, s.late = f, 0
	if f != nil {
		s.late = min(f.Delay()/audioio.BlockSize, mostFocusDelay)
	}
	s.delay.Store(int32(s.late))
}

// runIn has a focus that delays hear the hop before this one, so that its first is not silence.
func (s *focusStage) runIn(rawLast *audioio.Block) {
	if s.late > 0 {
		s.unheard = s.last
		s.apply(rawLast, &s.unheard, s.speech)
	}
}

// apply has the focus change a hop, if there is one.
func (s *focusStage) apply(raw, out *audioio.Block, speech float32) float32 {
	if s.focus == nil {
		return speech
	}
	return s.focus.Process(raw[:], out[:], speech)
}

// rest notes that the suppressor has made nothing of a hop.
func (s *focusStage) rest() {
	s.whole, s.anew = false, true
	s.other.Store(false)
}

// wantsLast reports whether what comes out of the suppressor first after a rest needs the hop before that.
func (s *focusStage) wantsLast() bool { return !s.whole && (s.focus != nil || s.next.Load() != nil) }

// giveUp leaves out the focus that failed half way through a hop; wasLate is late as it was before
// that, from which the sound comes forward.
func (s *focusStage) giveUp(out *audioio.Block, wasLate int, speech float32) {
	*out = s.before
	if wasLate > 0 && s.whole {
		crossfade(out, &s.last)
	}
	s.keep(speech)
	s.drop()
}

// drop leaves the focus out from now on.
func (s *focusStage) drop() {
	s.failed.Store(s.focus != nil)
	s.take(nil)
	s.other.Store(false)
}
