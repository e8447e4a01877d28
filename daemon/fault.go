package daemon

import (
	"fmt"
	"runtime/debug"

	"github.com/stillmic/stillmic/audioio"
)

// Fault is a panic in something the engine calls.
type Fault struct {
	From  string // one of the names below
	Value string // what it panicked with
	Stack []byte
}

// What can panic. The processor is not called again until Replace, the polisher
// until SetPolisher, the tap until SetTap; audio goes on without it. The engine is
// all else, and goes on without all three.
const (
	fromEngine     = "audio path"
	fromSuppressor = "suppressor"
	fromPolisher   = "voice processing"
	fromTap        = "recorder or meter"
)

// prepare has the polisher repair what the suppressor is to hear; after a panic there
// is no polisher, and the suppressor hears the microphone as it is.
func (e *Engine) prepare(in *audioio.Block) (heard *audioio.Block) {
	defer func() {
		if v := recover(); v != nil {
			heard = in
			e.finish.drop()
			e.report(fromPolisher, v)
		}
	}()
	return e.finish.prepare(in)
}

// polish runs the polisher; after a panic there is none.
func (e *Engine) polish(out *audioio.Block, speech float32) {
	defer func() {
		if v := recover(); v != nil {
			e.finish.give(out)
			e.report(fromPolisher, v)
		}
	}()
	e.finish.polish(out, speech)
}

// show lets the tap see a hop; after a panic there is none.
func (e *Engine) show(in, out *audioio.Block, speech, gain float32) {
	t := e.finish.tap.Load()
	if t == nil || *t == nil {
		return
	}
	defer func() {
		if v := recover(); v != nil {
			e.finish.tap.CompareAndSwap(t, nil)
			e.report(fromTap, v)
		}
	}()
	(*t).Hop(in, out, speech, gain)
}

// passOnly has Run call nothing but pass from now on, until Replace.
func (e *Engine) passOnly() {
	e.plain, e.failing = true, true
	e.leaving = nil
	e.finish.drop()
	e.finish.tap.Store(nil)
	e.broken.Store(true)
}

// pass is Hop after a panic outside of what Hop itself guards: the microphone as it
// is, as late as always. Muted it stays.
func (e *Engine) pass(out, in *audioio.Block) {
	e.raw.push(in)
	*out = *e.raw.ago(int(e.delay.Load()))
	if e.finish.mute.Load() {
		clear(out[:])
	}
}

// report hands a panic on; it is called while that is recovered from.
func (e *Engine) report(from string, value any) {
	select {
	case e.faults <- Fault{From: from, Value: fmt.Sprint(value), Stack: debug.Stack()}:
	default: // one is waiting to be reported already
	}
}
