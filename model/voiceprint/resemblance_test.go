package voiceprint

import (
	"errors"
	"math"
	"testing"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/voicebands"
)

// resembling hears some hops of a sound and returns what a Resemblance says of it.
func resembling(r *Resemblance, a *dsp.Analyzer, sound []float32, hops int, speech float32) (second, latest Alike) {
	var spec [dsp.Bins]complex64
	for n := range hops {
		a.Analyze(spec[:], sound[n*dsp.Hop%len(sound):][:dsp.Hop])
		r.Hear(powersOf(spec[:]), speech)
	}
	return r.Second(), r.Latest()
}

func powersOf(spec []complex64) *[bands]float32 {
	var power [bands]float32
	voicebands.Powers(power[:], spec)
	return &power
}

func newResemblance(t *testing.T, p *Print) *Resemblance {
	t.Helper()
	r, err := NewResemblance(p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestResemblanceRefusesAnotherNetworksPrint.
func TestResemblanceRefusesAnotherNetworksPrint(t *testing.T) {
	if _, err := NewResemblance(&Print{Network: "0123456789ab"}); !errors.Is(err, ErrOtherNetwork) {
		t.Errorf("%v, must be ErrOtherNetwork", err)
	}
}

// TestResemblanceOfTheOwner: tones resemble the print of tones, a tone alone less; nothing is
// known of what is no voice.
func TestResemblanceOfTheOwner(t *testing.T) {
	p, err := enrolled(t, 20).Print()
	if err != nil {
		t.Fatal(err)
	}
	r, a, sound := newResemblance(t, p), &dsp.Analyzer{Shape: dsp.Vorbis}, tones()
	if second, latest := resembling(r, a, sound, 200, 0.1); second != (Alike{}) || latest != (Alike{}) {
		t.Errorf("without speech %v and %v are known", second, latest)
	}
	second, latest := resembling(r, a, sound, 200, 1)
	if !second.Known || !latest.Known || second.Value < 0.8 || latest.Value < 0.5 {
		t.Errorf("the owner: %v and %v", second, latest)
	}
	if r.Odds() <= 0 {
		t.Errorf("log odds of the owner are %.1f", r.Odds())
	}
	other := make([]float32, len(sound))
	for i := range other {
		other[i] = 0.1 * float32(math.Sin(2*math.Pi*700*float64(i)/dsp.SampleRate))
	}
	was := second.Value
	if second, _ = resembling(r, a, other, 200, 1); !second.Known || second.Value > was-0.2 {
		t.Errorf("a tone resembles a voice by %v, that itself by %.2f", second, was)
	}
	if r.Odds() >= 0 {
		t.Errorf("log odds of a tone are %.1f", r.Odds())
	}
	r.Reset()
	if r.Second() != (Alike{}) || r.Latest() != (Alike{}) || r.Odds() != 0 {
		t.Error("after Reset something is known")
	}
	fresh, again := newResemblance(t, p), &dsp.Analyzer{Shape: dsp.Vorbis}
	want, _ := resembling(fresh, again, sound, 150, 1)
	if got, _ := resembling(r, &dsp.Analyzer{Shape: dsp.Vorbis}, sound, 150, 1); got != want {
		t.Errorf("after Reset it says %v, a new one %v", got, want)
	}
}

// TestResemblanceAllocatesNothing: it is within the audio's way.
func TestResemblanceAllocatesNothing(t *testing.T) {
	r, a, sound, at := newResemblance(t, anyone(t)), &dsp.Analyzer{Shape: dsp.Vorbis}, tones(), 0
	var spec [dsp.Bins]complex64
	var power [bands]float32
	if got := testing.AllocsPerRun(1000, func() {
		a.Analyze(spec[:], sound[at:][:dsp.Hop])
		voicebands.Powers(power[:], spec[:])
		r.Hear(&power, 1)
		at = (at + dsp.Hop) % len(sound)
	}); got != 0 {
		t.Errorf("a hop allocates %g times", got)
	}
}
