package engine

import (
	"fmt"
	"runtime/debug"

	"github.com/stillmic/stillmic/audioio"
)

// Fault is a panic in something the engine calls.
type Fault struct {
	From  Part   // what panicked
	Value string // what it panicked with
	Stack []byte
}

// Part is something that can panic.
type Part string

// What can panic. The processor is not called again until Replace, the focus until SetFocus,
// the post-processor until SetPostProcessor, the tap until SetTap; audio goes on without it.
// AudioPath is all else, and audio goes on without all of them.
const (
	AudioPath       Part = "audio path"
	Suppressor      Part = "suppressor"
	Focusing        Part = "focus"
	VoiceProcessing Part = "voice processing"
	Recorder        Part = "recorder or meter" // the tap
)

// prepare has the post-processor repair what the suppressor is to hear; after a panic there
// is none, and the suppressor hears the microphone as it is.
func (e *Engine) prepare(in *audioio.Block) (heard *audioio.Block) {
	defer func() {
		if v := recover(); v != nil {
			heard = in
			e.post.drop()
			e.Report(VoiceProcessing, v)
		}
	}()
	return e.post.prepare(in)
}

// keepVoice runs the focus, and returns how likely what comes out holds a wanted voice, and speech;
// after a panic there is no focus.
func (e *Engine) keepVoice(out *audioio.Block, speech float32) (voice, spoken float32) {
	wasLate := e.focus.late
	defer func() {
		if v := recover(); v != nil {
			voice, spoken = speech, speech
			e.focus.giveUp(out, wasLate, speech)
			e.Report(Focusing, v)
		}
	}()
	hops := int(e.delay.Load())
	return e.focus.process(e.heard.ago(hops+1), e.heard.ago(hops), out, speech)
}

// postProcess runs the post-processor; after a panic there is none.
func (e *Engine) postProcess(out *audioio.Block, speech float32) {
	defer func() {
		if v := recover(); v != nil {
			e.post.giveUp(out)
			e.Report(VoiceProcessing, v)
		}
	}()
	e.post.process(out, speech)
}

// show lets the tap see a hop; after a panic there is none.
func (e *Engine) show(in, out *audioio.Block, speech, gain float32) {
	t := e.post.tap.Load()
	if t == nil || *t == nil {
		return
	}
	defer func() {
		if v := recover(); v != nil {
			e.post.tap.CompareAndSwap(t, nil)
			e.Report(Recorder, v)
		}
	}()
	(*t).Hop(in, out, speech, gain)
}

// dropAll has Run call nothing but pass from now on, until Replace.
func (e *Engine) dropAll() {
	e.state = passOnly
	e.leaving = nil
	e.focus.drop()
	e.post.drop()
	e.post.tap.Store(nil)
	e.broken.Store(true)
}

// pass is Hop after a panic outside of what Hop itself guards: the microphone as it
// is, as late as always. Muted it stays.
func (e *Engine) pass(out, in *audioio.Block) {
	e.raw.push(in)
	*out = *e.raw.ago(e.delayed)
	if e.post.mute.Load() {
		clear(out[:])
	}
}

// Report hands a panic to Faults; it is called while that is recovered from. It never
// waits: while a fault waits to be taken, others are left out.
func (e *Engine) Report(from Part, value any) {
	select {
	case e.faults <- Fault{From: from, Value: fmt.Sprint(value), Stack: debug.Stack()}:
	default: // one is waiting to be reported already
	}
}
