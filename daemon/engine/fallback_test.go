package engine

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

// level checks how far the engine has stepped down.
func level(t *testing.T, e *Engine, when string, want int, wantPassing bool) {
	t.Helper()
	if level, passing := e.Level(); level != want || passing != wantPassing {
		t.Fatalf("%s: level %d, passing %v", when, level, passing)
	}
}

// Without a fallback, twenty late hops in a row make the processor rest, and it comes
// back.
func TestOverloadRests(t *testing.T) {
	h := &halver{}
	e := New(h, strength.Max)
	timed(e, 20, 11*time.Millisecond)
	level(t, e, "after 20 late hops", 1, true)
	if e.counts.missed.Load() != 20 {
		t.Fatalf("%d late hops counted", e.counts.missed.Load())
	}
	calls := h.calls
	timed(e, restHops, time.Millisecond)
	if h.calls != calls+1 { // the hop that fades out
		t.Errorf("%d calls while resting", h.calls-calls)
	}
	level(t, e, "after the rest", 0, false)
	hops(e, 0, 1)
	if h.calls != calls+3 || h.resets != 1 { // run in with the hop before
		t.Errorf("%d calls and %d resets after the rest", h.calls-calls, h.resets)
	}
}

// With a fallback there is a step between, on the way down and on the way up.
func TestOverloadStepsDown(t *testing.T) {
	main, spare := &halver{}, &halver{}
	e := New(main, strength.Gentle)
	e.SetFallbacks(spare)
	timed(e, 20, 11*time.Millisecond)
	level(t, e, "after 20 late hops", 1, false)
	mains := main.calls
	timed(e, 19, 11*time.Millisecond)
	if main.calls > mains+1 || spare.calls != 20 || spare.resets != 1 || spare.limit != 12 {
		t.Errorf("%d further calls of the network, %d of the fallback, reset %d times, %v dB", main.calls-mains, spare.calls, spare.resets, spare.limit)
	}
	e.SetStrength(strength.Max)
	timed(e, 1, 11*time.Millisecond)
	level(t, e, "after 20 more", 2, true)
	if spare.limit != 100 {
		t.Errorf("the fallback's limit is %v dB", spare.limit)
	}
	timed(e, 2*restHops, time.Millisecond) // the first rest was 5 s, this one 10
	level(t, e, "after the rest", 1, false)
	timed(e, restHops, time.Millisecond)
	level(t, e, "5 s later", 0, false)
	mains, spares := main.calls, spare.calls
	timed(e, 10, time.Millisecond)
	if main.calls != mains+11 || spare.calls != spares+1 || main.resets != 1 || main.limit != 100 {
		t.Errorf("%d calls of the network, %d of the fallback, %d resets, %v dB", main.calls-mains, spare.calls-spares, main.resets, main.limit)
	}
}

// No step of the load is heard.
func TestOverloadStepsDoNotClick(t *testing.T) {
	e := New(&halver{}, strength.Max)
	e.SetFallbacks(&halver{})
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

// Another model while a fallback is in use takes its place at once.
func TestReplaceWhileSteppedDown(t *testing.T) {
	e := New(&halver{}, strength.Max)
	e.SetFallbacks(&halver{})
	timed(e, 20, 11*time.Millisecond)
	next := &halver{}
	e.Replace(next)
	timed(e, 2, time.Millisecond)
	level(t, e, "with another model", 0, false)
	if next.calls != 3 {
		t.Errorf("%d calls of the new model", next.calls)
	}
}

// With several fallbacks every one has its turn, and ReplaceAll begins at the top of
// another ladder.
func TestOverloadGoesDownTheLadder(t *testing.T) {
	first, second := &halver{}, &halver{}
	e := New(&halver{}, strength.Max)
	e.SetFallbacks(first, second)
	for want := 1; want <= 3; want++ {
		timed(e, 20, 11*time.Millisecond)
		level(t, e, "after 20 more late hops", want, want == 3)
	}
	if first.calls == 0 || second.calls == 0 {
		t.Errorf("%d calls of the first fallback, %d of the second", first.calls, second.calls)
	}
	main, only := &halver{}, &halver{}
	e.ReplaceAll(main, only)
	timed(e, 20, 11*time.Millisecond)
	level(t, e, "on another ladder", 1, false)
	timed(e, 20, 11*time.Millisecond)
	level(t, e, "at its end", 2, true)
	if main.calls == 0 || only.calls == 0 {
		t.Errorf("%d calls of the other processor, %d of its fallback", main.calls, only.calls)
	}
}

// On battery the engine stays below a level without being slow, steps down from there
// as ever, and is back at the top as soon as there is power.
func TestBestLevel(t *testing.T) {
	first, second := &halver{}, &halver{}
	e := New(&halver{}, strength.Max)
	e.SetFallbacks(first, second)
	e.SetBest(1)
	timed(e, 2*restHops, time.Millisecond)
	level(t, e, "on battery", 1, false)
	if e.Slow() {
		t.Error("on battery: slow")
	}
	timed(e, 20, 11*time.Millisecond)
	level(t, e, "on battery, after 20 late hops", 2, false)
	if !e.Slow() {
		t.Error("on battery, after 20 late hops: not slow")
	}
	timed(e, 2*restHops, time.Millisecond)
	level(t, e, "on battery, after the rest", 1, false)
	e.SetBest(LevelFull)
	timed(e, 2, time.Millisecond)
	level(t, e, "with power", LevelFull, false)
	e.SetBest(7) // there are two fallbacks
	timed(e, 2, time.Millisecond)
	level(t, e, "at the last fallback", 2, false)
}

func TestOccasionalLateHopsAreForgiven(t *testing.T) {
	var o overload
	for range 100_000 {
		o.note(true)
		for range 10 {
			o.note(false)
		}
		if o.level != LevelFull {
			t.Fatal("one late hop in eleven makes it rest")
		}
	}
}
