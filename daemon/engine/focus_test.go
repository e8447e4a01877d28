package engine

import (
	"errors"
	"io"
	"math"
	"testing"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/strength"
)

// quieter is a focus that takes all for another's voice.
type quieter struct {
	gain   float32
	resets int
	panic  bool
	raw    audioio.Block // as it saw it last
	clean  audioio.Block
}

func (q *quieter) Process(raw, clean []float32, _ float32) float32 {
	copy(q.raw[:], raw)
	copy(q.clean[:], clean)
	for i := range clean {
		clean[i] *= q.gain
		if q.panic && i == 100 {
			panic("nobody")
		}
	}
	return 0
}
func (q *quieter) Other() bool { return true }
func (q *quieter) Delay() int  { return 0 }
func (q *quieter) Reset()      { q.resets++ }

// heardSpeech is a post-processor that notes what it is told.
type heardSpeech struct{ speech float32 }

func (h *heardSpeech) Process(_ *audioio.Block, speech float32) { h.speech = speech }
func (h *heardSpeech) Delay() int                               { return 0 }
func (h *heardSpeech) Reset()                                   {}

// TestFocusComesAndGoesWithoutAClick, and without one all is bit for bit as before there was any.
func TestFocusComesAndGoesWithoutAClick(t *testing.T) {
	e, plain := New(&halver{}, strength.Strong), New(&halver{}, strength.Strong)
	after := &heardSpeech{}
	e.SetPostProcessor(after)
	q := &quieter{gain: 0.1}
	swaps := map[int]Focus{5: q, 10: &quieter{gain: 0.5}, 15: nil}
	said := map[int]float32{4: 1, 6: 0, 12: 0, 16: 1}
	var out []audioio.Block
	for n := range 20 {
		if f, there := swaps[n]; there {
			e.SetFocus(f)
		}
		var in, b, want audioio.Block
		sine(&in, 440, n*audioio.BlockSize)
		e.Hop(&b, &in)
		plain.Hop(&want, &in)
		out = append(out, b)
		if (n < 5 || n > 15) && b != want {
			t.Errorf("hop %d without a focus is another one", n)
		}
		if want, there := said[n]; there && (after.speech != want || e.Other() != (want == 0)) {
			t.Errorf("hop %d: speech %g, another's voice: %v", n, after.speech, e.Other())
		}
	}
	if s := steepestIn(out[2:]); s > noClick {
		t.Errorf("a step of %.4f, a tone has %.4f", s, noClick)
	}
	for i, v := range q.raw {
		if q.clean[i] != v/2 {
			t.Fatalf("sample %d: the microphone and what the suppressor makes of it are of different moments", i)
		}
	}
}

// TestFocusPanics: it is left out, the suppressor stays, and the next one is used.
func TestFocusPanics(t *testing.T) {
	e := New(&halver{}, strength.Strong)
	hops(e, 0, 3)
	e.SetFocus(&quieter{gain: 0.1, panic: true})
	in, out := hops(e, 3, 3)
	if f := <-e.Faults(); f.From != Focusing || f.Value != "nobody" || e.Broken() || e.Other() || !e.FocusFailed() {
		t.Errorf("%s: %s, the suppressor is broken: %v", f.From, f.Value, e.Broken())
	}
	for n := 1; n < 3; n++ {
		if out[n][7] != in[n-1][7]/2 || out[n][470] != in[n-1][470]/2 {
			t.Errorf("hop %d is not what the suppressor makes of it", n)
		}
	}
	e.SetFocus(&quieter{gain: 0.5})
	if in, out = hops(e, 6, 3); e.FocusFailed() || out[2][7] != in[1][7]/4 {
		t.Error("the next one is not used")
	}
}

// TestFocusKeepsMuteAndBypass: muted stays silent, and the microphone unprocessed stays so.
func TestFocusKeepsMuteAndBypass(t *testing.T) {
	e := New(&halver{}, strength.Strong)
	e.SetFocus(&quieter{gain: 0.1})
	e.SetMute(true)
	if _, out := hops(e, 0, 3); out[2] != (audioio.Block{}) {
		t.Error("muted it is not silent")
	}
	e.SetMute(false)
	for name, unprocessed := range map[string]func(bool){
		"bypass": e.SetBypass,
		"off":    func(on bool) { e.SetStrength(map[bool]strength.Limit{true: strength.Off, false: strength.Strong}[on]) },
	} {
		unprocessed(true)
		if in, out := hops(e, 0, 4); out[3] != in[2] {
			t.Errorf("%s: it is not the microphone", name)
		}
		unprocessed(false)
		hops(e, 4, 2)
	}
}

// TestFocusBeginsAnew with a stream.
func TestFocusBeginsAnew(t *testing.T) {
	e, q := New(&halver{}, strength.Strong), &quieter{gain: 0.5}
	e.SetFocus(q)
	for range 3 {
		if err := e.Run(&list{n: 5}, &keep{}); !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
	}
	if q.resets < 2 {
		t.Errorf("%d resets in three streams", q.resets)
	}
}

// TestOtherIsOfNow: another's voice is not said to be lowered by a focus that is to go, nor where nothing is heard.
func TestOtherIsOfNow(t *testing.T) {
	e := New(&halver{}, strength.Strong)
	e.SetFocus(&quieter{gain: 0.5})
	if hops(e, 0, 4); !e.Other() {
		t.Fatal("nobody is lowered")
	}
	e.SetFocus(nil)
	if e.Other() {
		t.Error("by the focus that goes")
	}
	e.SetFocus(&quieter{gain: 0.5})
	if hops(e, 4, 2); !e.Other() {
		t.Error("not by the focus that came")
	}
	if err := e.Run(&list{n: 5}, &keep{}); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	if e.Other() {
		t.Error("after the end of the stream")
	}
}

// TestOthersAreNoVoice: what is lowered does not count for the level of the voice.
func TestOthersAreNoVoice(t *testing.T) {
	e := New(&halver{}, strength.Strong)
	hops(e, 0, 2*voiceKnown)
	before := e.meter.voice
	e.SetFocus(&quieter{gain: 0.1})
	var in, out audioio.Block
	for range voiceKnown {
		for i := range in {
			in[i] = 0.9
		}
		e.Hop(&out, &in)
	}
	if d := math.Abs(float64(e.meter.voice - before)); d > 1e-3 {
		t.Errorf("another's voice changes the level of the voice from %g to %g", before, e.meter.voice)
	}
}

func TestFocusAllocatesNothing(t *testing.T) {
	e := New(&halver{}, strength.Strong)
	e.SetFocus(&quieter{gain: 0.5})
	var in, out audioio.Block
	if n := testing.AllocsPerRun(200, func() { e.Hop(&out, &in) }); n != 0 {
		t.Errorf("%v allocations per hop", n)
	}
}
