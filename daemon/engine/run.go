package engine

import (
	"errors"
	"fmt"
	"io"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/clock"
)

// Run moves audio until the source or the sink fails and returns the first
// error, wrapped with its side: a SourceError or a SinkError. It is not tied to
// a thread: all threads of the daemon run at the same high priority, and a tied
// goroutine cannot make room for another without waking a second thread.
//
// After a panic the microphone passes through, by as little of the engine's code as
// can be. If that panics, too, it is an error.
func (e *Engine) Run(src audioio.Source, sink audioio.Sink) error {
	in, out := newInput(src), newOutput(sink)
	e.latency.reset()
	e.lost, e.trouble = in.dropped(), out.trouble()
	e.conceal = true // whatever was before, this is another stream
	e.focus.anew = true
	defer e.focus.other.Store(false)
	e.post.first = true
	e.meter.forgetVoice()
	for {
		again, err := e.move(in, out)
		if !again {
			return err
		}
		out = newOutput(sink) // its resampler may be what failed
	}
}

// move moves audio until something fails, and reports whether to go on after a panic.
func (e *Engine) move(in input, out *output) (again bool, err error) {
	defer func() {
		if v := recover(); v != nil {
			again = e.state != passOnly
			err = fmt.Errorf("%s panicked: %v", AudioPath, v)
			e.dropAll()
			e.Report(AudioPath, v)
		}
	}()
	for {
		if err := in.src.ReadBlock(&e.in); err != nil {
			if !errors.Is(err, io.EOF) {
				e.fadeAway(out)
			}
			return false, SourceError{err}
		}
		begin := clock.Now()
		if err := e.catchUp(in); err != nil {
			return false, SourceError{err}
		}
		e.hop()
		e.count(clock.Now() - begin)
		if err := e.deliver(out); err != nil {
			return false, SinkError{err}
		}
	}
}

// hop makes e.out of e.in.
func (e *Engine) hop() {
	if e.state == passOnly {
		if e.fresh.Load() == nil {
			e.pass(&e.out, &e.in)
			return
		}
		e.state = noProcessor // until Hop has taken the next one
	}
	if e.conceal {
		e.conceal = false
		conceal(e.raw.ago(0), &e.in)
	}
	e.Hop(&e.out, &e.in)
}

// fadeAway writes a last hop for a microphone that was pulled out, so that its
// end does not click. The error that counts is the microphone's.
func (e *Engine) fadeAway(out *output) {
	last := e.out
	fadeOut(&last, &e.out)
	_ = out.write(&e.out, &e.latency)
}

// catchUp looks for audio that was lost before e.in, and drops some where too
// much is waiting.
func (e *Engine) catchUp(in input) error {
	if lost := in.dropped(); lost != e.lost {
		e.lost = lost
		e.counts.xruns.Add(1)
		e.conceal = true
	}
	for n := e.latency.excess(in.queued(), e.meter.speech.get()); n > 0; n-- {
		if err := in.src.ReadBlock(&e.in); err != nil {
			return err
		}
		e.conceal = true
	}
	return nil
}

// deliver hands the output over at the sink's pace.
func (e *Engine) deliver(out *output) error {
	if now := out.trouble(); now != e.trouble {
		if now.Dropped != e.trouble.Dropped {
			e.counts.overruns.Add(1)
		}
		if now.Underruns != e.trouble.Underruns {
			e.counts.underruns.Add(now.Underruns - e.trouble.Underruns)
			out.fadeNext()
		}
		e.trouble = now
	}
	return out.write(&e.out, &e.latency)
}

// SourceError is an error of the source an engine reads.
type SourceError struct{ Err error }

// SinkError is an error of the sink an engine writes to.
type SinkError struct{ Err error }

// Error returns the text of the source's error.
func (e SourceError) Error() string { return e.Err.Error() }

// Unwrap returns the source's error.
func (e SourceError) Unwrap() error { return e.Err }

// Error returns the text of the sink's error.
func (e SinkError) Error() string { return e.Err.Error() }

// Unwrap returns the sink's error.
func (e SinkError) Unwrap() error { return e.Err }
