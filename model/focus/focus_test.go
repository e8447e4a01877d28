package focus

import (
	"errors"
	"math"
	"testing"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/kernel"
	"github.com/stillmic/stillmic/model/voiceprint"
)

// voiced are 2 s of tones that change as a voice does.
func voiced() []float32 {
	out := make([]float32, 2*dsp.SampleRate)
	for i := range out {
		at := float64(i) / dsp.SampleRate
		cycles, sum := 120*at+10*(1-math.Cos(3*at)), 0.0
		for k := 1; k <= 29; k++ {
			sum += math.Sin(2*math.Pi*float64(k)*cycles) / float64(k)
		}
		out[i] = float32(0.1 * sum * (1 + math.Sin(9*at)))
	}
	return out
}

// someone is a print of the tones.
func someone(t testing.TB) *voiceprint.Print {
	t.Helper()
	e, err := voiceprint.NewEnrolment()
	if err != nil {
		t.Fatal(err)
	}
	sound := voiced()
	for n := range 12 * dsp.SampleRate / dsp.Hop {
		e.Hear(sound[n*dsp.Hop%len(sound):][:dsp.Hop], 1)
	}
	p, err := e.Print()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// both are one of each kind.
func both(t testing.TB) map[kind]*Focus {
	t.Helper()
	n, err := NewNear()
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewMe(someone(t))
	if err != nil {
		t.Fatal(err)
	}
	return map[kind]*Focus{near: n, me: m}
}

// untouched has a Focus whose network wants every gain to be 1.
func untouched(t *testing.T) *Focus {
	t.Helper()
	n, err := loadNear()
	if err != nil {
		t.Fatal(err)
	}
	own := *n
	own.output = layer{w: make([]float32, n.wide*said), b: make([]float32, said), in: n.wide, out: said}
	for i := range own.output.b {
		own.output.b[i] = 30
	}
	own.output.whole = kernel.NewInt16(own.output.w, said, n.wide, said)
	return newFocus(newStream(&own, kernel.Best(), nil), nil)
}

// TestWhatIsWantedComesBackWhole a hop later, with what was said of it.
func TestWhatIsWantedComesBackWhole(t *testing.T) {
	f, sound := untouched(t), voiced()
	if f.Delay() != dsp.Hop {
		t.Fatalf("a delay of %d samples", f.Delay())
	}
	var before [dsp.Hop]float32
	for at := 0; at < len(sound); at += dsp.Hop {
		hop := [dsp.Hop]float32(sound[at:])
		speech := float32(at) / float32(len(sound))
		if got := f.Process(sound[at:][:dsp.Hop], hop[:], speech); at > 0 && got != float32(at-dsp.Hop)/float32(len(sound)) {
			t.Fatalf("sample %d: speech is %g, not that of the hop before", at, got)
		}
		for i, v := range hop {
			if d := math.Abs(float64(v - before[i])); d > 1e-5 {
				t.Fatalf("sample %d is %.2g off", at+i, d)
			}
		}
		before = [dsp.Hop]float32(sound[at:])
	}
	if f.Other() {
		t.Error("another is said to speak")
	}
}

// TestRefusesAnotherNetworksPrint, with the remedy.
func TestRefusesAnotherNetworksPrint(t *testing.T) {
	if _, err := NewMe(&voiceprint.Print{Network: "0123456789ab"}); !errors.Is(err, voiceprint.ErrOtherNetwork) {
		t.Errorf("%v, must be ErrOtherNetwork", err)
	}
}

// TestResets: after Reset all is as at first.
func TestResets(t *testing.T) {
	sound, fresh := voiced(), both(t)
	for k, f := range both(t) {
		var hop [dsp.Hop]float32
		for at := 0; at < len(sound); at += dsp.Hop {
			copy(hop[:], sound[at:])
			f.Process(sound[len(sound)-at-dsp.Hop:][:dsp.Hop], hop[:], 1)
		}
		f.Reset()
		for at := 0; at < len(sound); at += dsp.Hop {
			a, b := [dsp.Hop]float32(sound[at:]), [dsp.Hop]float32(sound[at:])
			if f.Process(sound[at:][:dsp.Hop], a[:], 1) != fresh[k].Process(sound[at:][:dsp.Hop], b[:], 1) || a != b {
				t.Fatalf("%s: sample %d differs from what a new one makes", k, at)
			}
		}
	}
}

// TestNoNumber: a hop of no numbers is over after the next two.
func TestNoNumber(t *testing.T) {
	sound := voiced()
	for k, f := range both(t) {
		for n := range 20 {
			raw, hop := [dsp.Hop]float32(sound[n*dsp.Hop:]), [dsp.Hop]float32(sound[n*dsp.Hop:])
			if n == 7 {
				raw[5], hop[9] = float32(math.Inf(1)), float32(math.NaN())
			}
			f.Process(raw[:], hop[:], 1)
			for i, v := range hop {
				if n > 9 && v-v != 0 {
					t.Fatalf("%s: sample %d of hop %d is %g", k, i, n, v)
				}
			}
		}
	}
}

// TestAllocatesNothing: it is within the audio's way.
func TestAllocatesNothing(t *testing.T) {
	sound := voiced()
	for k, f := range both(t) {
		at := 0
		var hop [dsp.Hop]float32
		if got := testing.AllocsPerRun(1000, func() {
			copy(hop[:], sound[at:])
			f.Process(sound[at:][:dsp.Hop], hop[:], 1)
			at = (at + dsp.Hop) % len(sound)
		}); got != 0 {
			t.Errorf("%s: a hop allocates %g times", k, got)
		}
	}
}

func BenchmarkProcess(b *testing.B) {
	sound := voiced()
	for k, f := range both(b) {
		b.Run(string(k), func(b *testing.B) {
			at := 0
			var hop [dsp.Hop]float32
			for b.Loop() {
				copy(hop[:], sound[at:])
				f.Process(sound[at:][:dsp.Hop], hop[:], 1)
				at = (at + dsp.Hop) % len(sound)
			}
		})
	}
}
