package engine

import (
	"errors"
	"io"
	"math"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/strength"
)

// halver is the smallest processor: it delays by a hop and halves, and does
// what a test tells it to.
type halver struct {
	prev  audioio.Block
	limit float32
	resets,
	calls int
	slow  time.Duration
	panic bool
}

func (h *halver) Process(dst, src []float32) {
	h.calls++
	if h.panic {
		panic("weights on fire")
	}
	time.Sleep(h.slow)
	for i, v := range h.prev {
		dst[i] = v / 2
	}
	copy(h.prev[:], src)
}
func (h *halver) Delay() int                     { return audioio.BlockSize }
func (h *halver) SetAttenuationLimit(dB float32) { h.limit = dB }
func (h *halver) SpeechProbability() float32     { return 1 }
func (h *halver) Reset()                         { h.resets++; h.prev = audioio.Block{} }

// hops runs n hops of a tone from hop first on and returns input and output.
func hops(e *Engine, first, n int) (in, out []audioio.Block) {
	in, out = make([]audioio.Block, n), make([]audioio.Block, n)
	for i := range n {
		sine(&in[i], 440, (first+i)*audioio.BlockSize)
		e.Hop(&out[i], &in[i])
	}
	return in, out
}

func TestHopAllocatesNothing(t *testing.T) {
	e := New(&halver{}, strength.Strong)
	var in, out audioio.Block
	sine(&in, 440, 0)
	n := testing.AllocsPerRun(1000, func() {
		e.SetStrength(e.Strength() + 0.01)
		e.Hop(&out, &in)
		e.count(time.Millisecond)
	})
	if n != 0 {
		t.Errorf("%v allocations per hop", n)
	}
}

func TestStrengthReachesTheProcessor(t *testing.T) {
	h := &halver{}
	e := New(h, strength.Gentle)
	if h.limit != 12 {
		t.Errorf("limit %v at the start, want 12", h.limit)
	}
	e.SetStrength(strength.Max)
	hops(e, 0, 1)
	if h.limit != 100 {
		t.Errorf("limit %v after a hop, want 100", h.limit)
	}
}

// Bypass is the input one hop later, bit by bit, and comes and goes without a
// step.
func TestBypass(t *testing.T) {
	e := New(&halver{}, strength.Max)
	in1, out1 := hops(e, 0, 3)
	e.SetBypass(true)
	in2, out2 := hops(e, 3, 3)
	e.SetBypass(false)
	_, out3 := hops(e, 6, 3)
	if out1[2][100] != in1[1][100]/2 {
		t.Error("the processor is not used at first")
	}
	if out2[1] != in2[0] || out2[2] != in2[1] {
		t.Error("bypass is not the input one hop later")
	}
	all := [...]*audioio.Block{&out1[1], &out1[2], &out2[0], &out2[1], &out2[2], &out3[0], &out3[1], &out3[2]}
	own := 0.5*2*math.Pi*440/audioio.SampleRate + 0.5/audioio.BlockSize
	if s := steepest(all[:]...); s > 1.01*own {
		t.Errorf("a step of %.4f, the tone and the ramp have %.4f", s, own)
	}
}

// A panic turns into the unprocessed signal with the same delay, a report, and
// the next processor takes over.
func TestPanicBecomesBypass(t *testing.T) {
	h := &halver{}
	e := New(h, strength.Max)
	hops(e, 0, 2)
	h.panic = true
	in, out := hops(e, 2, 3)
	if out[1] != in[0] || out[2] != in[1] {
		t.Error("after a panic the output is not the input one hop later")
	}
	if !e.Broken() || h.calls != 3 {
		t.Errorf("broken %v, %d calls of a processor that panicked at the third", e.Broken(), h.calls)
	}
	select {
	case f := <-e.Faults():
		if f.Value != "weights on fire" || len(f.Stack) == 0 {
			t.Errorf("reported: %q, stack of %d bytes", f.Value, len(f.Stack))
		}
	default:
		t.Error("no fault was reported")
	}
	e.Replace(&halver{})
	in, out = hops(e, 5, 4)
	if e.Broken() || out[3][7] != in[2][7]/2 {
		t.Error("the new processor is not used")
	}
}

// unsure panics when it is asked for the probability of speech.
type unsure struct{ halver }

func (u *unsure) SpeechProbability() float32 { panic("what is speech?") }

// Whatever of the processor fails, the next one takes over, even where the failing
// one was to be heard for one more hop.
func TestPanicElsewhereBecomesBypass(t *testing.T) {
	e := New(&unsure{}, strength.Max)
	in, out := hops(e, 0, 3)
	if !e.Broken() || out[2] != in[1] {
		t.Error("a probability that panics is no bypass")
	}
	h := &halver{}
	e.Replace(h)
	hops(e, 3, 3)
	h.panic = true
	e.Replace(&halver{}) // handed over from h, which fails
	hops(e, 6, 2)
	e.Replace(&halver{})
	in, out = hops(e, 8, 4)
	if e.Broken() || out[3][7] != in[2][7]/2 {
		t.Error("the new processor is not used")
	}
}

// mender is a post-processor that fails at what comes before the suppressor.
type mender struct{}

func (mender) Process(*audioio.Block, float32) {}
func (mender) Delay() int                      { return 0 }
func (mender) Reset()                          {}
func (mender) Prepare(*audioio.Block)          { panic("no thread") }

func TestPanicBeforeTheSuppressor(t *testing.T) {
	e := New(&halver{}, strength.Max)
	e.SetPostProcessor(mender{})
	in, out := hops(e, 0, 6)
	if e.Broken() || out[5][7] != in[4][7]/2 {
		t.Error("the suppressor is not used after the voice processing failed")
	}
	if f := <-e.Faults(); f.From != VoiceProcessing {
		t.Errorf("%s is said to have failed", f.From)
	}
}

// The engine takes a file through and says which side ended it.
func TestRunEndsWithItsSource(t *testing.T) {
	e := New(&halver{}, strength.Max)
	src := &list{n: 50}
	var sink collect
	err := e.Run(src, &sink)
	var from SourceError
	if !errors.As(err, &from) || !errors.Is(err, io.EOF) {
		t.Errorf("ended with %v", err)
	}
	if sink.n != 50 || e.counts.hops.Load() != 50 {
		t.Errorf("%d blocks written, %d frames counted, want 50", sink.n, e.counts.hops.Load())
	}
	sink.err = errors.New("disk full")
	var to SinkError
	if err := e.Run(&list{n: 1}, &sink); !errors.As(err, &to) {
		t.Errorf("ended with %v, want a SinkError", err)
	}
}

// A microphone that goes away ends in a fade, not in a step.
func TestRunFadesAway(t *testing.T) {
	e := New(&halver{}, strength.Max)
	var sink keep
	if err := e.Run(&list{n: 20, end: audioio.ErrDeviceGone}, &sink); !errors.Is(err, audioio.ErrDeviceGone) {
		t.Fatal(err)
	}
	if len(sink.blocks) != 21 {
		t.Fatalf("%d blocks of 20 and a fade", len(sink.blocks))
	}
	last := &sink.blocks[20]
	if v := last[audioio.BlockSize-1]; v > 1e-3 || v < -1e-3 {
		t.Errorf("the fade ends at %g", v)
	}
	own := 0.25*2*math.Pi*440/audioio.SampleRate + 0.25*math.Pi/2/audioio.BlockSize
	if s := steepest(&sink.blocks[18], &sink.blocks[19], last); s > 1.01*own {
		t.Errorf("a step of %.4f, the tone and the fade have %.4f", s, own)
	}
}

// keep is a sink that keeps all.
type keep struct {
	collect
	blocks []audioio.Block
}

func (k *keep) WriteBlock(b *audioio.Block) error {
	k.blocks = append(k.blocks, *b)
	return nil
}

// list is a source of n blocks; collect a sink that counts.
type list struct {
	n, at int
	end   error // io.EOF if nil
}

func (l *list) ReadBlock(b *audioio.Block) error {
	if l.at == l.n {
		if l.end != nil {
			return l.end
		}
		return io.EOF
	}
	sine(b, 440, l.at*audioio.BlockSize)
	l.at++
	return nil
}
func (l *list) Close() error { return nil }

type collect struct {
	n   int
	err error
}

func (c *collect) WriteBlock(*audioio.Block) error { c.n++; return c.err }
func (c *collect) Fill() audioio.Fill              { return audioio.Fill{} }
func (c *collect) Close() error                    { return nil }
