package voiceprint

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/dsp"
)

// enrolled is an enrolment that has heard so many seconds of tones.
func enrolled(t *testing.T, seconds int) *Enrolment {
	t.Helper()
	e, err := NewEnrolment()
	if err != nil {
		t.Fatal(err)
	}
	sound := tones()
	for n := range seconds * dsp.SampleRate / dsp.Hop {
		e.Hear(sound[n*dsp.Hop%len(sound):][:dsp.Hop], 1)
	}
	return e
}

// TestPrintComesBack: what is written of an enrolment is what is read.
func TestPrintComesBack(t *testing.T) {
	p, err := enrolled(t, 30).Print()
	if err != nil {
		t.Fatal(err)
	}
	if p.Seconds < GoodSeconds || p.Own < 0.5 || math.Abs(float64(p.Values.resembles(&p.Values))-1) > 1e-3 {
		t.Errorf("%.1f s, own %g, length %g", p.Seconds, p.Own, p.Values.resembles(&p.Values))
	}
	data, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if *back != *p {
		t.Error("a print is another one after it was written and read")
	}
	if len(data) > 2048 {
		t.Errorf("a print takes %d bytes, must be a small file", len(data))
	}
}

// TestTooLittleSpeechMakesNoPrint: nor does silence.
func TestTooLittleSpeechMakesNoPrint(t *testing.T) {
	if _, err := enrolled(t, 3).Print(); !errors.Is(err, ErrTooLittle) {
		t.Errorf("3 s of speech give %v, must be ErrTooLittle", err)
	}
	e := enrolled(t, 0)
	for range 3000 {
		e.Hear(make([]float32, dsp.Hop), 0)
	}
	if e.Seconds() != 0 {
		t.Errorf("silence counts as %.1f s of speech", e.Seconds())
	}
}

// TestParseRefuses files of another network with the remedy, and what is no print.
func TestParseRefuses(t *testing.T) {
	p, err := enrolled(t, 8).Print()
	if err != nil {
		t.Fatal(err)
	}
	good, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	other := bytes.Replace(good, []byte(p.Network), []byte("0123456789ab"), 1)
	if _, err := Parse(other); !errors.Is(err, ErrOtherNetwork) || !strings.Contains(err.Error(), "voiceprint enroll") {
		t.Errorf("a print of another network: %v, must say to enrol again", err)
	}
	if _, err := NewTurns(&Print{Network: "0123456789ab"}); !errors.Is(err, ErrOtherNetwork) {
		t.Errorf("turns of another network's print: %v", err)
	}
	for _, bad := range []string{"", "{}", "[]", "null", `{"format":"stillmic voice print 1"}`, string(good[:len(good)/2]),
		strings.Replace(string(good), `"values":[`, `"values":[9,`, 1), strings.Replace(string(good), `"own":`, `"own":-`, 1),
		strings.Replace(string(good), `"seconds":`, `"seconds":1e99,"before":`, 1), strings.Repeat(" ", 64<<10)} {
		if _, err := Parse([]byte(bad)); !errors.Is(err, ErrNoPrint) || !strings.Contains(err.Error(), "voiceprint enroll") {
			t.Errorf("%.60q: %v, must be ErrNoPrint and say to enrol again", bad, err)
		}
	}
}
