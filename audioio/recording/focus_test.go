package recording_test

import (
	"math"
	"testing"

	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model"
	"github.com/stillmic/stillmic/model/voiceprint"
)

// sung is a sound that changes as a voice does.
func sung(seconds int) []float32 {
	out := make([]float32, seconds*dsp.SampleRate)
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

// through is what a processor makes of two channels, the second half as loud, from its delay on.
func through(t *testing.T, o recording.ProcessorOptions, in []float32) [2][]float32 {
	t.Helper()
	return throughTwo(t, o, in, 0.5)
}

// throughTwo has the second channel so much louder than the first.
func throughTwo(t *testing.T, o recording.ProcessorOptions, in []float32, louder float32) (out [2][]float32) {
	t.Helper()
	second := [2]float32{1, louder}
	w, err := model.Light()
	if err != nil {
		t.Fatal(err)
	}
	p, err := recording.NewProcessor(w, 2, o)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(in)+p.Delay(); at += dsp.Hop {
		var src, dst [2][]float32
		for c := range src {
			src[c], dst[c] = make([]float32, dsp.Hop), make([]float32, dsp.Hop)
			copy(src[c], in[min(at, len(in)):])
			for i := range src[c] {
				src[c][i] *= second[c]
			}
		}
		p.Process(dst[:], src[:])
		for c := range out {
			out[c] = append(out[c], dst[c]...)
		}
	}
	for c := range out {
		out[c] = out[c][p.Delay():][:len(in)]
	}
	return out
}

// TestFocusKeepsTimeAndPlace: what comes out with a focus lies on what comes out without one, and
// in linked channels a voice stays where it is.
func TestFocusKeepsTimeAndPlace(t *testing.T) {
	in := sung(6)
	p := printOf(t, in)
	for _, strength := range []float32{100, 20} {
		without := through(t, recording.ProcessorOptions{Strength: strength, Link: true}, in)
		for name, o := range map[string]recording.ProcessorOptions{"near": {Near: true}, "me": {Voice: p}} {
			o.Strength, o.Link = strength, true
			with := through(t, o, in)
			if lag := lagOf(without[0], with[0]); lag != 0 {
				t.Errorf("%s at %g dB: %d samples late", name, strength, lag)
			}
			place := level(with[0]) - level(with[1])
			if want := level(without[0]) - level(without[1]); math.Abs(place-want) > 0.1 {
				t.Errorf("%s at %g dB: the left is %.2f dB louder than the right, without it %.2f", name, strength, place, want)
			}
		}
	}
}

// TestFocusHearsCrossedWires: channels that are each other's opposite are no silence.
func TestFocusHearsCrossedWires(t *testing.T) {
	in, p := sung(6), printOf(t, sung(6))
	for name, o := range map[string]recording.ProcessorOptions{"near": {Near: true}, "me": {Voice: p}} {
		o.Strength, o.Link = 100, true
		same, crossed := throughTwo(t, o, in, 1), throughTwo(t, o, in, -1)
		for i, v := range same[0] {
			if crossed[0][i] != v || crossed[1][i] != -v {
				t.Fatalf("%s: sample %d is %g and %g, must be %g", name, i, crossed[0][i], crossed[1][i], v)
			}
		}
	}
}

// printOf is the print of a sound.
func printOf(t *testing.T, in []float32) *voiceprint.Print {
	t.Helper()
	e, err := voiceprint.NewEnrolment()
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(in); at += dsp.Hop {
		e.Hear(in[at:][:dsp.Hop], 1)
	}
	p, err := e.Print()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// lagOf is by how many samples, 600 at most, b resembles a most when it is moved back.
func lagOf(a, b []float32) (lag int) {
	const most = 600
	best := math.Inf(-1)
	for n := -most; n <= most; n++ {
		sum := 0.0
		for i := most; i+most < len(a); i += 7 {
			sum += float64(a[i]) * float64(b[i+n])
		}
		if sum > best {
			best, lag = sum, n
		}
	}
	return lag
}

// TestFocusKeepsTheStrength: noise is left as far below what went in as without one, or further.
func TestFocusKeepsTheStrength(t *testing.T) {
	in := hiss(4 * dsp.SampleRate)
	half := len(in) / 2
	without := level(through(t, recording.ProcessorOptions{Strength: 20}, in)[0][half:])
	with := level(through(t, recording.ProcessorOptions{Strength: 20, Near: true}, in)[0][half:])
	if with > without+0.5 {
		t.Errorf("noise of %.1f dB is left, without a focus %.1f", with, without)
	}
}
