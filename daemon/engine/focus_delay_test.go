package engine

import (
	"math"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/strength"
)

// hopLate is a focus that lies a hop behind, and says that every hop of another's voice is none.
type hopLate struct {
	gain   float32
	past   audioio.Block
	speech float32
	raw    audioio.Block // of the hop in past
	resets int
	panics int // at which call
	calls  int
}

func (l *hopLate) Process(raw, clean []float32, speech float32) float32 {
	if l.calls++; l.calls == l.panics {
		clear(clean[:100])
		panic("nobody")
	}
	now, voice := audioio.Block(clean), l.speech
	for i, v := range l.past {
		clean[i] = l.gain * v
	}
	l.past, l.speech = now, speech
	copy(l.raw[:], raw)
	return voice
}
func (l *hopLate) Delay() int  { return audioio.BlockSize }
func (l *hopLate) Other() bool { return false }
func (l *hopLate) Reset()      { l.resets++; l.past, l.speech = audioio.Block{}, 0 }

// counter is a halver whose hops are the more likely speech the later they are.
type counter struct{ halver }

func (c *counter) SpeechProbability() float32 { return float32(c.calls) / 100 }

// seenHop is a tap that keeps the last hop.
type seenHop struct {
	in, out audioio.Block
	speech  float32
}

func (s *seenHop) Hop(in, out *audioio.Block, speech, _ float32) {
	s.in, s.out, s.speech = *in, *out, speech
}

// TestLateFocusDelaysAll: the microphone beside it, what others are shown and the speech that is
// measured lie a hop further behind, from no click to no click; without it nothing does.
func TestLateFocusDelaysAll(t *testing.T) {
	for name, unprocessed := range map[string]func(*Engine){
		"processed": func(*Engine) {},
		"bypass":    func(e *Engine) { e.SetBypass(true) },
		"off":       func(e *Engine) { e.SetStrength(strength.Off) },
	} {
		e, tap, after := New(&counter{}, strength.Strong), &seenHop{}, &heardSpeech{}
		e.SetTap(tap)
		e.SetPostProcessor(after)
		unprocessed(e)
		var all []audioio.Block
		for _, c := range []struct {
			f    Focus
			late int
		}{{nil, 1}, {&hopLate{gain: 1}, 2}, {&hopLate{gain: 0.5}, 2}, {nil, 1}, {&hopLate{gain: 1}, 2}, {&quieter{gain: 1}, 1}} {
			e.SetFocus(c.f)
			in, out := hops(e, len(all), 6)
			all = append(all, out...)
			want := in[5-c.late]
			for i := range want {
				if name == "processed" {
					want[i] /= 2
				}
				if l, is := c.f.(*hopLate); is && name == "processed" {
					want[i] *= l.gain
				}
			}
			if out[5] != want || tap.out != want || tap.in != in[5-c.late] {
				t.Errorf("%s: not the input %d hops later", name, c.late)
			}
			if said := float32(len(all)+1-c.late) / 100; tap.speech != said || name == "processed" && c.late == 2 && after.speech != said {
				t.Errorf("%s: speech is %g and %g behind, must be %g", name, tap.speech, after.speech, said)
			}
			if got := e.Latency().Algorithm; got != time.Duration(1+c.late)*hopTime {
				t.Errorf("%s: a delay of %v, must be %d0 ms", name, got, 1+c.late)
			}
		}
		most := noClick
		if name != "processed" {
			most *= 2
		}
		if s := steepestIn(all[2:]); s > most {
			t.Errorf("%s: a step of %.4f, a tone has %.4f", name, s, most)
		}
	}
}

// TestLateFocusHearsOneMoment: the microphone and what the suppressor makes of it, at all times.
func TestLateFocusHearsOneMoment(t *testing.T) {
	e, l := New(newAhead(2), strength.Max), &hopLate{gain: 1}
	e.SetFallbacks(&halver{})
	hops(e, 0, 5)
	e.SetFocus(l)
	for n := range 60 {
		switch n {
		case 20:
			for range 20 {
				e.count(11 * hopTime / 10)
			}
		case 40:
			e.Replace(newAhead(1))
		}
		hops(e, 5+n, 1)
		for i, v := range l.past {
			if math.Abs(float64(l.raw[i]-2*v)) > 1e-6 && n != 20 && n != 40 {
				t.Fatalf("hop %d, sample %d: %g beside %g", n, i, l.raw[i], v)
			}
		}
	}
}

// TestLateFocusPanics: the sound comes forward without a click, from the first hop, too.
func TestLateFocusPanics(t *testing.T) {
	for _, at := range []int{1, 2, 9} {
		e, l := New(&halver{}, strength.Strong), &hopLate{gain: 1, panics: at}
		_, all := hops(e, 0, 4)
		e.SetFocus(l)
		in, out := hops(e, 4, 16)
		all = append(all, out...)
		if out[15] != halved(in[14]) || l.calls != at || e.Latency().Algorithm != 2*hopTime {
			t.Errorf("panic %d: not the suppressor's from then on, after %d calls", at, l.calls)
		}
		if s := steepestIn(all[2:]); s > noClick {
			t.Errorf("panic %d: a step of %.4f, a tone has %.4f", at, s, noClick)
		}
		if f := <-e.Faults(); f.From != Focusing {
			t.Errorf("panic %d: reported of %s", at, f.From)
		}
	}
}

// TestPanicOfTheFocusThatGoes does not take the one that comes with it.
func TestPanicOfTheFocusThatGoes(t *testing.T) {
	e := New(&halver{}, strength.Strong)
	e.SetFocus(&hopLate{gain: 1, panics: 6})
	hops(e, 0, 5)
	e.SetFocus(&hopLate{gain: 0.5})
	in, out := hops(e, 5, 6)
	if f := <-e.Faults(); f.From != Focusing || e.FocusFailed() {
		t.Errorf("reported of %s, failed: %v", f.From, e.FocusFailed())
	}
	if out[5] != halved(halved(in[3])) {
		t.Error("the next one is not used")
	}
}

func halved(b audioio.Block) audioio.Block {
	for i := range b {
		b[i] /= 2
	}
	return b
}

// TestLateFocusAfterARest of the suppressor begins with the hop before, not with silence or what
// was before the rest; one that is set meanwhile, too.
func TestLateFocusAfterARest(t *testing.T) {
	for _, name := range []string{"set before", "set meanwhile"} {
		e, l := New(&halver{}, strength.Max), &hopLate{gain: 1}
		if name == "set before" {
			e.SetFocus(l)
		}
		_, all := hops(e, 0, 5)
		for range 20 {
			e.count(11 * hopTime / 10)
		}
		_, out := hops(e, 5, 5)
		all = append(all, out...)
		level(t, e, name, 1, true)
		if name == "set meanwhile" {
			e.SetFocus(l)
		}
		for range restHops {
			e.count(time.Millisecond)
		}
		in, out := hops(e, 10, 5)
		all = append(all, out...)
		if out[4] != halved(in[2]) {
			t.Errorf("%s: it is not used again", name)
		}
		if s := steepestIn(all[3:]); s > 2*noClick {
			t.Errorf("%s: a step of %.4f, a tone has %.4f", name, s, 2*noClick)
		}
		if name == "set before" && l.resets == 0 {
			t.Error("it was not reset")
		}
	}
}

// TestPassIsAsLateAsTheFocusWas: after a second panic, when nothing is called any more.
func TestPassIsAsLateAsTheFocusWas(t *testing.T) {
	e := New(&halver{}, strength.Max)
	e.SetFocus(&hopLate{gain: 1})
	hops(e, 0, 5)
	e.dropAll()
	var in, out [6]audioio.Block
	for i := range in {
		sine(&in[i], 440, i*audioio.BlockSize)
		e.pass(&out[i], &in[i])
	}
	if out[5] != in[3] {
		t.Error("the microphone is not as late as it was")
	}
}

func TestLateFocusAllocatesNothing(t *testing.T) {
	e := New(&halver{}, strength.Strong)
	var in, out audioio.Block
	var f [2]Focus
	f[0], f[1] = &hopLate{gain: 1}, &hopLate{gain: 0.5}
	at := 0
	if n := testing.AllocsPerRun(200, func() {
		if at++; at%3 == 0 {
			e.focus.next.Store(&f[at%2])
		}
		e.Hop(&out, &in)
	}); n != 0 {
		t.Errorf("%v allocations per hop", n)
	}
}
