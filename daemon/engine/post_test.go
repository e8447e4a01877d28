package engine

import (
	"errors"
	"io"
	"math"
	"testing"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/daemon/voice"
)

// later delays by a number of samples and multiplies.
type later struct {
	past  []float32
	gain  float32
	panic bool
}

func newLater(delay int, gain float32) *later {
	return &later{past: make([]float32, delay), gain: gain}
}

func (l *later) Delay() int { return len(l.past) }
func (l *later) Reset()     { clear(l.past) }
func (l *later) Process(b *audioio.Block, _ float32) {
	if l.panic {
		panic("no")
	}
	for i, v := range b {
		if len(l.past) > 0 {
			v, l.past[i%len(l.past)] = l.past[i%len(l.past)], v
		}
		b[i] = v * l.gain
	}
}

// steepestIn is the largest step between two samples of blocks in a row.
func steepestIn(blocks []audioio.Block) float64 {
	var last float32
	most := 0.0
	for n := range blocks {
		for i, v := range blocks[n] {
			if n+i > 0 {
				most = max(most, math.Abs(float64(v-last)))
			}
			last = v
		}
	}
	return most
}

// A 440 Hz tone of 0.5, halved by the halver, moves 2*pi*440/48000*amplitude
// per sample at most: 0.0144. A ramp of a hop adds amplitude/480 = 0.001.
const noClick = 0.0170

// Polishers come and go without a click, whatever their delays.
func TestPostProcessorSwapDoesNotClick(t *testing.T) {
	e := New(&halver{}, strength.Strong)
	var in audioio.Block
	var out []audioio.Block
	swaps := map[int]PostProcessor{5: newLater(240, 1), 9: newLater(96, 1), 13: nil, 17: newLater(480, 0.5)}
	for n := range 25 {
		if p, there := swaps[n]; there {
			e.SetPostProcessor(p)
		}
		sine(&in, 440, n*audioio.BlockSize)
		var b audioio.Block
		e.Hop(&b, &in)
		out = append(out, b)
	}
	if s := steepestIn(out[2:]); s > noClick {
		t.Errorf("a step of %.4f, a tone has %.4f", s, noClick)
	}
	if p := power(&out[24]) / power(&out[4]); math.Abs(float64(p)-0.25) > 0.01 {
		t.Errorf("the last post-processor makes it %.3f of the power, want 0.25", p)
	}
}

// While it is bypassed the microphone has the delay of the post-processor, too.
func TestBypassKeepsTheDelay(t *testing.T) {
	e := New(&halver{}, strength.Strong)
	e.SetPostProcessor(newLater(240, 2)) // makes up for the halver
	seen := &sums{}
	e.SetTap(seen)
	hops(e, 0, 20)
	if seen.difference > 1e-6*seen.power {
		t.Errorf("in and out of the tap differ by %g of %g", seen.difference, seen.power)
	}
	e.SetBypass(true)
	_, out := hops(e, 20, 10)
	if s := steepestIn(out); s > 2*noClick {
		t.Errorf("bypass makes a step of %.4f", s)
	}
	if l := e.Latency().Algorithm.Seconds() * 1000; l != 25 {
		t.Errorf("%g ms of delay, want 25", l)
	}
}

// sums compares what a tap sees, after the beginning.
type sums struct {
	hops              int
	difference, power float64
}

func (s *sums) Hop(in, out *audioio.Block, _, _ float32) {
	if s.hops++; s.hops < 5 {
		return
	}
	for i := range in {
		d := float64(out[i] - in[i])
		s.difference += d * d
		s.power += float64(in[i]) * float64(in[i])
	}
}

func TestMuteIsSilentAndDoesNotClick(t *testing.T) {
	e := New(&halver{}, strength.Strong)
	_, first := hops(e, 0, 10)
	e.SetMute(true)
	_, muted := hops(e, 10, 10)
	e.SetMute(false)
	_, back := hops(e, 20, 10)
	if s := steepestIn(append(append(first[2:], muted...), back...)); s > noClick {
		t.Errorf("a step of %.4f", s)
	}
	for n := 1; n < 10; n++ {
		if muted[n] != (audioio.Block{}) {
			t.Fatalf("hop %d after muting is not silent", n)
		}
	}
	if power(&back[5]) < 0.9*power(&first[5]) {
		t.Error("it stays silent")
	}
}

// A daemon that begins muted, and one that was muted while nobody recorded, is silent from the
// first sample: a fade would let the microphone be heard for a hop.
func TestMutedFromTheFirstSample(t *testing.T) {
	e := New(&halver{}, strength.Strong)
	for _, muted := range []bool{true, false, true} {
		e.SetMute(muted)
		sink := &keep{}
		if err := e.Run(&list{n: 5}, sink); !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		heard := false
		for _, b := range sink.blocks {
			heard = heard || b != (audioio.Block{})
		}
		if heard == muted {
			t.Errorf("muted: %v, heard: %v", muted, heard)
		}
	}
}

// A post-processor that panics is left out, the suppressor stays, and the next
// post-processor is used.
func TestPostProcessorPanics(t *testing.T) {
	e := New(&halver{}, strength.Strong)
	e.SetPostProcessor(&later{panic: true})
	in, out := hops(e, 0, 3)
	if f := <-e.Faults(); f.From != VoiceProcessing || f.Value != "no" || len(f.Stack) == 0 || e.Broken() {
		t.Errorf("%s: %s, the suppressor is broken: %v", f.From, f.Value, e.Broken())
	}
	if out[2][7] != in[1][7]/2 {
		t.Error("without the post-processor it is not what the suppressor makes of it")
	}
	e.SetPostProcessor(newLater(0, 2))
	in, out = hops(e, 3, 5)
	if out[4] != in[3] {
		t.Error("the next post-processor is not used")
	}
}

// bad is a tap that panics.
type bad struct{ calls int }

func (b *bad) Hop(_, _ *audioio.Block, _, _ float32) { b.calls++; panic("full") }

// A tap that panics is not called again, and nobody hears it.
func TestTapPanics(t *testing.T) {
	e := New(&halver{}, strength.Strong)
	tap := &bad{}
	e.SetTap(tap)
	in, out := hops(e, 0, 4)
	if f := <-e.Faults(); f.From != Recorder || f.Value != "full" || tap.calls != 1 {
		t.Errorf("%s: %s, after %d calls", f.From, f.Value, tap.calls)
	}
	if out[3][7] != in[2][7]/2 || e.Broken() {
		t.Error("the audio is another")
	}
}

func TestPostAllocatesNothing(t *testing.T) {
	e := New(&halver{}, strength.Strong)
	e.SetTap(&sums{})
	chains := []PostProcessor{voice.New(voice.Settings{Leveller: voice.Light}), voice.New(voice.Settings{})}
	for _, p := range chains {
		e.SetPostProcessor(p)
		var in, out audioio.Block
		on := false
		if n := testing.AllocsPerRun(200, func() {
			on = !on
			e.SetMute(on)
			e.Hop(&out, &in)
		}); n != 0 {
			t.Errorf("%v allocations per hop", n)
		}
	}
}

// Another model takes over without a click.
func TestReplaceDoesNotClick(t *testing.T) {
	e := New(&halver{}, strength.Strong)
	_, first := hops(e, 0, 5)
	e.Replace(&halver{})
	_, then := hops(e, 5, 5)
	if s := steepestIn(append(first[2:], then...)); s > noClick {
		t.Errorf("a step of %.4f", s)
	}
}

// pause is a halver that hears no speech.
type pause struct{ halver }

func (p *pause) SpeechProbability() float32 { return 0 }

// louder is a post-processor that levels.
type louder struct{ *later }

func (l louder) Gain() float32 { return l.gain }

// TestLevellingRaisesNoNoise: by what levelling makes the voice louder, noise is lowered further.
func TestLevellingRaisesNoNoise(t *testing.T) {
	for _, c := range []struct {
		s    strength.Limit
		gain float32
		want float32
	}{{strength.Medium, 10, 44}, {strength.Strong, 0.1, float32(strength.Strong)}, {strength.Off, 10, 0}, {strength.Max, 10, 100}} {
		h := &halver{}
		e := New(h, c.s)
		e.SetPostProcessor(louder{newLater(0, c.gain)})
		hops(e, 0, 2)
		if math.Abs(float64(h.limit-c.want)) > 1e-4 {
			t.Errorf("%v dB with a gain of %v: the limit is %v dB, want %v", c.s, c.gain, h.limit, c.want)
		}
		other := &halver{}
		e.Replace(other)
		if hops(e, 2, 1); other.limit != h.limit {
			t.Errorf("another processor was told %v dB, not %v", other.limit, h.limit)
		}
	}
}

// What levelling adds is not taken for noise that stayed, and bypass is.
func TestLevellingIsNoNoise(t *testing.T) {
	e := New(&pause{}, strength.Strong)
	for _, gain := range []float32{1, 4, 0.25} {
		e.SetPostProcessor(louder{newLater(0, gain)})
		hops(e, 0, 500) // 5 s: what was before is down to 1 %
		if dB := e.meter.reductionDB(); math.Abs(dB-6.02) > 0.2 {
			t.Errorf("with a gain of %v: %.2f dB removed, want 6.02", gain, dB)
		}
	}
	e.SetBypass(true)
	hops(e, 0, 500)
	if dB := e.meter.reductionDB(); math.Abs(dB) > 0.2 {
		t.Errorf("bypassed: %.2f dB removed", dB)
	}
}
