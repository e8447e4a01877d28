package daemon

import (
	"sync/atomic"

	"github.com/stillmic/stillmic/audioio"
)

// Polisher makes a cleaned voice sound finished; *voice.Chain is one. It works
// in place and allocates nothing.
type Polisher interface {
	// Process takes one hop and the probability that it holds speech.
	Process(b *audioio.Block, speech float32)
	// Delay is by how many samples the output lies behind the input, 2,400
	// (50 ms) at most; it does not change.
	Delay() int
	// Reset forgets the past.
	Reset()
}

// Preparer is a Polisher that also repairs what the suppressor is to hear.
type Preparer interface {
	// Prepare takes the microphone's hop, in place. It delays nothing.
	Prepare(b *audioio.Block)
}

// gainer is a Polisher that says by what it multiplied the level of the last hop.
type gainer interface{ Gain() float32 }

// Tap sees every hop. It must not allocate, lock or block.
type Tap interface {
	// Hop takes what the engine delivers, the microphone at the same moments,
	// the probability of speech, and the gain by which levelling made the voice
	// louder or softer. The blocks are the engine's own.
	Hop(in, out *audioio.Block, speech, gain float32)
}

// SetPolisher takes effect with the next hop, cross-faded; nil is none.
func (e *Engine) SetPolisher(p Polisher) { e.finish.next.Store(&p) }

// SetMute silences the microphone, after everything else, ramped over one hop.
func (e *Engine) SetMute(on bool) { e.finish.mute.Store(on) }

// Mute returns what SetMute set.
func (e *Engine) Mute() bool { return e.finish.mute.Load() }

// SetTap has every hop shown to t from now on; nil is nobody.
func (e *Engine) SetTap(t Tap) { e.finish.tap.Store(&t) }

// maxPolish is the longest delay of a Polisher, in samples.
const maxPolish = 2400

// finish is what follows the suppressor.
type finish struct {
	polisher Polisher      // the audio goroutine's, nil for none
	before   audioio.Block // this hop before the polisher, and the last one
	last     audioio.Block
	old      audioio.Block // a hop as the last polisher makes it
	repaired audioio.Block // the microphone's hop for the suppressor
	past     [maxPolish + audioio.BlockSize]float32
	open     fader // 1: heard, 0: muted
	first    bool  // the next hop is the first of a stream
	delay    atomic.Int64

	next atomic.Pointer[Polisher] // takes polisher's place at the next hop
	tap  atomic.Pointer[Tap]
	mute atomic.Bool
}

// delayOf is a polisher's delay in samples.
func delayOf(p Polisher) int {
	if p == nil {
		return 0
	}
	return min(p.Delay(), maxPolish)
}

// prepare returns what the suppressor is to hear of the microphone, which is
// kept as it is for whoever wants it unprocessed.
func (f *finish) prepare(in *audioio.Block) *audioio.Block {
	p, ok := f.polisher.(Preparer)
	if !ok {
		return in
	}
	f.repaired = *in
	p.Prepare(&f.repaired)
	return &f.repaired
}

// polish finishes a hop. A new polisher is run in with the hop before, so that
// its delay does not begin with silence, and faded in over this one.
func (f *finish) polish(b *audioio.Block, speech float32) {
	f.last, f.before = f.before, *b
	if p := f.next.Load(); p != nil && f.next.CompareAndSwap(p, nil) {
		f.old = *b
		if f.polisher != nil {
			f.polisher.Process(&f.old, speech)
		}
		f.polisher = *p
		f.delay.Store(int64(delayOf(f.polisher)))
		if f.polisher != nil {
			f.polisher.Process(&f.last, speech)
			f.polisher.Process(b, speech)
		}
		crossfade(b, &f.old)
		return
	}
	if f.polisher != nil {
		f.polisher.Process(b, speech)
	}
}

// crossfade moves from old to b within a hop.
func crossfade(b, old *audioio.Block) {
	for i := range b {
		b[i] = old[i] + (b[i]-old[i])*float32(i+1)/audioio.BlockSize
	}
}

// gain is by what the polisher multiplied the level of the last hop.
func (f *finish) gain() float32 {
	if g, ok := f.polisher.(gainer); ok {
		return g.Gain()
	}
	return 1
}

// align delays the unprocessed signal like the polisher does the other.
func (f *finish) align(dry *audioio.Block) {
	copy(f.past[:], f.past[audioio.BlockSize:])
	copy(f.past[maxPolish:], dry[:])
	copy(dry[:], f.past[maxPolish-int(f.delay.Load()):])
}

// give leaves the polisher out that failed half way through a hop.
func (f *finish) give(b *audioio.Block) {
	*b = f.before
	f.drop()
}

// drop leaves the polisher out from now on.
func (f *finish) drop() {
	f.polisher = nil
	f.delay.Store(0)
}

// gate mutes where that is wanted: from the first sample of a stream, and faded later.
func (f *finish) gate(out *audioio.Block) {
	if f.first && f.mute.Load() {
		f.open.jump(0)
	}
	f.first = false
	f.open.to(!f.mute.Load())
	f.open.gain(out)
}
