package model

import (
	"math"
	"testing"

	"github.com/stillmic/stillmic/dsp"
)

// promptly returns a network without delay.
func promptly(t *testing.T) *Weights {
	t.Helper()
	w, err := Light()
	if err != nil {
		t.Skip("SKIPPED: ", err)
	}
	p, err := w.WithoutDelay()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A network without delay lowers noise as soon as the one with does, answers each hop at once, and with an
// attenuation limit of 0 gives out what it was given.
func TestWithoutDelay(t *testing.T) {
	w := promptly(t)
	late, err := Light()
	if err != nil {
		t.Fatal(err)
	}
	if w.Delay() != 0 || NewSuppressor(w).Delay() != 0 {
		t.Errorf("a delay of %d samples", w.Delay())
	}
	x := babble(3, 300*dsp.Hop)
	y := make([]float32, dsp.Hop)
	lowered := func(s *Suppressor) float64 {
		var before, after float64
		for at := 0; at < len(x); at += dsp.Hop {
			s.Process(y, x[at:][:dsp.Hop])
			before += float64(dsp.Energy(x[at:][:dsp.Hop]))
			after += float64(dsp.Energy(y))
		}
		return 10 * math.Log10(before/after)
	}
	if a, b := lowered(NewSuppressor(w)), lowered(NewSuppressor(late)); math.Abs(a-b) > 2 {
		t.Errorf("noise is lowered by %.1f dB, with the delay by %.1f dB", a, b)
	}
	s := NewSuppressor(w)
	s.SetAttenuationLimit(0)
	s.Process(y, x[:dsp.Hop]) // the limit fades
	for at := dsp.Hop; at < len(x); at += dsp.Hop {
		s.Process(y, x[at:][:dsp.Hop])
		for i, v := range y {
			if v != x[at+i] {
				t.Fatalf("sample %d: %v, want %v", at+i, v, x[at+i])
			}
		}
	}
}

// What no transform bears is answered with sound, and the next hops are cleaned again.
func TestWithoutDelayStaysFinite(t *testing.T) {
	s := NewSuppressor(promptly(t))
	x := babble(5, 60*dsp.Hop)
	x[10*dsp.Hop], x[20*dsp.Hop+7] = float32(math.NaN()), float32(math.Inf(1))
	y := make([]float32, dsp.Hop)
	for at := 0; at < len(x); at += dsp.Hop {
		if s.Process(y, x[at:][:dsp.Hop]); dsp.Outside(y, 0, math.MaxFloat32) {
			t.Fatalf("hop %d is no sound", at/dsp.Hop)
		}
	}
}

// Networks that need their delay say so.
func TestDelayIsNeeded(t *testing.T) {
	w, err := LowLatency()
	if err != nil {
		t.Skip("SKIPPED: ", err)
	}
	if _, err := w.WithoutDelay(); err == nil {
		t.Error("no error")
	}
}
