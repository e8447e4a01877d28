package daemon

import (
	"math"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/strength"
)

// timed runs n hops that all took the same time.
func timed(e *Engine, n int, took time.Duration) {
	for range n {
		hops(e, 0, 1)
		e.count(took)
	}
}

// level checks what is left of the suppressor.
func level(t *testing.T, e *Engine, when string, wantOverloaded, wantSpared bool) {
	t.Helper()
	if overloaded, spared := e.Overloaded(); overloaded != wantOverloaded || spared != wantSpared {
		t.Fatalf("%s: overloaded %v, spared %v", when, overloaded, spared)
	}
}

// Without a spare, twenty late hops in a row make the processor rest, and it comes
// back.
func TestOverloadRests(t *testing.T) {
	h := &halver{}
	e := NewEngine(h, strength.Max)
	timed(e, 20, 11*time.Millisecond)
	level(t, e, "after 20 late hops", true, false)
	if e.missed.Load() != 20 {
		t.Fatalf("%d late hops counted", e.missed.Load())
	}
	calls := h.calls
	timed(e, restHops, time.Millisecond)
	if h.calls != calls+1 { // the hop that fades out
		t.Errorf("%d calls while resting", h.calls-calls)
	}
	level(t, e, "after the rest", false, false)
	hops(e, 0, 1)
	if h.calls != calls+3 || h.resets != 1 { // run in with the hop before
		t.Errorf("%d calls and %d resets after the rest", h.calls-calls, h.resets)
	}
}

// With a spare there is a step between, on the way down and on the way up.
func TestOverloadStepsDown(t *testing.T) {
	main, spare := &halver{}, &halver{}
	e := NewEngine(main, strength.Gentle)
	e.SetSpare(spare)
	timed(e, 20, 11*time.Millisecond)
	level(t, e, "after 20 late hops", true, true)
	mains := main.calls
	timed(e, 19, 11*time.Millisecond)
	if main.calls > mains+1 || spare.calls != 20 || spare.resets != 1 || spare.limit != 12 {
		t.Errorf("%d further calls of the network, %d of the spare, reset %d times, %v dB", main.calls-mains, spare.calls, spare.resets, spare.limit)
	}
	e.SetStrength(strength.Max)
	timed(e, 1, 11*time.Millisecond)
	level(t, e, "after 20 more", true, false)
	if spare.limit != 100 {
		t.Errorf("the spare's limit is %v dB", spare.limit)
	}
	timed(e, 2*restHops, time.Millisecond) // the first rest was 5 s, this one 10
	level(t, e, "after the rest", true, true)
	timed(e, restHops, time.Millisecond)
	level(t, e, "5 s later", false, false)
	mains, spares := main.calls, spare.calls
	timed(e, 10, time.Millisecond)
	if main.calls != mains+11 || spare.calls != spares+1 || main.resets != 1 || main.limit != 100 {
		t.Errorf("%d calls of the network, %d of the spare, %d resets, %v dB", main.calls-mains, spare.calls-spares, main.resets, main.limit)
	}
}

// No step of the load is heard.
func TestOverloadStepsDoNotClick(t *testing.T) {
	e := NewEngine(&halver{}, strength.Max)
	e.SetSpare(&halver{})
	var all []*audioio.Block
	for i := range 3*restHops + 80 {
		_, out := hops(e, i, 1)
		all = append(all, &out[0])
		took := time.Millisecond
		if i >= 10 && i < 50 {
			took = 11 * time.Millisecond
		}
		e.count(took)
	}
	own := 0.5*2*math.Pi*440/audioio.SampleRate + 0.5/audioio.BlockSize
	if s := steepest(all[1:]...); s > 1.01*own {
		t.Errorf("a step of %.4f, the tone and a ramp have %.4f", s, own)
	}
}

// Another model while the spare is in use takes its place at once.
func TestReplaceWhileSpared(t *testing.T) {
	e := NewEngine(&halver{}, strength.Max)
	e.SetSpare(&halver{})
	timed(e, 20, 11*time.Millisecond)
	next := &halver{}
	e.Replace(next)
	timed(e, 2, time.Millisecond)
	level(t, e, "with another model", false, false)
	if next.calls != 3 {
		t.Errorf("%d calls of the new model", next.calls)
	}
}

func TestOccasionalLateHopsAreForgiven(t *testing.T) {
	var o overload
	for range 100_000 {
		o.note(true)
		for range 10 {
			o.note(false)
		}
		if o.level != full {
			t.Fatal("one late hop in eleven makes it rest")
		}
	}
}
