package engine

import (
	"math"
	"testing"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/strength"
)

// ahead is a halver that looks some hops ahead.
type ahead struct {
	halver
	past []audioio.Block
}

func newAhead(hops int) *ahead { return &ahead{past: make([]audioio.Block, 1+hops)} }

func (a *ahead) Delay() int { return len(a.past) * audioio.BlockSize }
func (a *ahead) Reset()     { a.resets++; clear(a.past) }
func (a *ahead) Process(dst, src []float32) {
	if a.calls++; a.panic {
		panic("weights on fire")
	}
	due := a.past[0]
	copy(a.past, a.past[1:])
	copy(a.past[len(a.past)-1][:], src)
	for i, v := range due {
		dst[i] = v / 2
	}
}

// Bypass, and what is left after a panic, is as late as the network that looks ahead.
func TestLookaheadDelaysAll(t *testing.T) {
	a := newAhead(2)
	e := New(a, strength.Max)
	if l := e.Latency().Algorithm.Seconds() * 1000; l != 40 {
		t.Errorf("%g ms of delay, want 40", l)
	}
	in, out := hops(e, 0, 8)
	if out[7][100] != in[4][100]/2 {
		t.Error("the processor is not used")
	}
	e.SetBypass(true)
	in, out = hops(e, 8, 8)
	if out[7] != in[4] {
		t.Error("bypass is not the input three hops later")
	}
	e.SetBypass(false)
	hops(e, 16, 2)
	a.panic = true
	in, out = hops(e, 18, 8)
	if !e.Broken() || out[7] != in[4] {
		t.Error("after a panic the output is not the input three hops later")
	}
	e.dropAll()
	for i := range in {
		e.pass(&out[i], &in[i])
	}
	if out[7] != in[4] {
		t.Error("with nothing called the output is not the input three hops later")
	}
}

// A fallback that does not look ahead hears the microphone later, so that a step of the
// load changes neither the delay nor the phase.
func TestFallbackKeepsTheDelay(t *testing.T) {
	e := New(newAhead(2), strength.Max)
	e.SetFallbacks(&halver{})
	var all []audioio.Block
	for range 10 {
		_, out := hops(e, len(all), 1)
		all = append(all, out...)
	}
	for range 20 {
		e.count(11 * hopTime / 10)
	}
	level(t, e, "after 20 late hops", 1, false)
	for range 10 {
		_, out := hops(e, len(all), 1)
		all = append(all, out...)
	}
	for range restHops {
		e.count(hopTime / 10)
	}
	level(t, e, "after the rest", 0, false)
	for range 10 {
		_, out := hops(e, len(all), 1)
		all = append(all, out...)
	}
	// From the fourth hop on it is the tone, three hops late, halved: at every step, too.
	var want audioio.Block
	for n := 3; n < len(all); n++ {
		sine(&want, 440, (n-3)*audioio.BlockSize)
		for i, v := range want {
			if math.Abs(float64(all[n][i]-v/2)) > 1e-6 {
				t.Fatalf("hop %d, sample %d is %v, want %v", n, i, all[n][i], v/2)
			}
		}
	}
	if l := e.Latency().Algorithm.Seconds() * 1000; l != 40 {
		t.Errorf("%g ms of delay, want 40", l)
	}
}

// Another delay comes with another model, without a click, heard or bypassed.
func TestReplaceChangesTheDelay(t *testing.T) {
	for _, bypass := range []bool{false, true} {
		e := New(&halver{}, strength.Max)
		e.SetBypass(bypass)
		var all []audioio.Block
		for _, c := range []struct {
			p  Processor
			ms float64
		}{{nil, 20}, {newAhead(2), 40}, {newAhead(1), 30}, {&halver{}, 20}} {
			if c.p != nil {
				e.Replace(c.p)
			}
			in, out := hops(e, len(all), 10)
			all = append(all, out...)
			if got := e.Latency().Algorithm.Seconds() * 1000; got != c.ms {
				t.Errorf("%g ms of delay, want %g", got, c.ms)
			}
			want := in[9-int(c.ms/10-1)]
			for i := range want {
				if !bypass {
					want[i] /= 2
				}
			}
			if out[9] != want {
				t.Errorf("bypass %v: not the input %g ms later", bypass, c.ms-10)
			}
		}
		most := noClick
		if bypass {
			most *= 2
		}
		if s := steepestIn(all[2:]); s > most {
			t.Errorf("bypass %v: a step of %.4f, a tone has %.4f", bypass, s, most)
		}
	}
}

func TestHopAllocatesNothingWithLookahead(t *testing.T) {
	e := New(newAhead(2), strength.Max)
	e.SetFallbacks(&halver{})
	var in, out audioio.Block
	if n := testing.AllocsPerRun(200, func() { e.Hop(&out, &in) }); n != 0 {
		t.Errorf("%v allocations per hop", n)
	}
}
