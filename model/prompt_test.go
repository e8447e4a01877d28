package model

import (
	"fmt"
	"math"
	"math/cmplx"
	"slices"
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

// spectrum sets the gains of a Suppressor without delay, wide open for the bands below edge and shut above, and
// returns by how many dB each frequency is lowered in the end.
func spectrum(s *Suppressor, edge int) (dB [dsp.Bins]float64) {
	p := s.stream.(*promptStream)
	for b := range p.network.gain {
		p.energy[b], p.network.gain[b] = 1, 0
		if b < edge {
			p.network.gain[b] = 1
		}
	}
	var block [dsp.Window]float32
	hop := func(dst []float32, first float32) {
		p.hop[0], s.fresh[0] = first, first
		s.render(dst)
	}
	for range 3 { // until nothing fades
		hop(block[:dsp.Hop], 0)
	}
	hop(block[:dsp.Hop], 1)
	hop(block[dsp.Hop:], 0)
	var transform dsp.Transform
	var spec [dsp.Bins]complex64
	transform.Forward(spec[:], block[:])
	for k, v := range spec {
		dB[k] = 20 * math.Log10(cmplx.Abs(complex128(v)))
	}
	return dB
}

// The attenuation limit of a network without delay bounds by how much each frequency is lowered, and
// takes nothing of a voice below those that are. At 24 dB the 200 Hz on either side of the edge are left out: a
// filter of one hop is not steeper.
func TestWithoutDelayIsBounded(t *testing.T) {
	const edge = 96 // band and bin: 4.8 kHz
	for limit, bend := range map[float64]int{6: 0, 12: 0, 24: 4} {
		s := NewSuppressor(promptly(t))
		s.SetAttenuationLimit(float32(limit))
		dB := spectrum(s, edge)
		lowest, kept, mean := slices.Min(dB[edge+bend:]), slices.Min(dB[:edge-bend]), 0.0
		for _, v := range dB[:edge] {
			mean += v / edge
		}
		text := fmt.Sprintf("limit of %v dB: lowest %.1f dB, 7 kHz %.1f dB, what is kept %.2f dB on average, lowest %.2f dB", limit, lowest, dB[140], mean, kept)
		if t.Log(text); lowest < -limit-1.6 || math.Abs(dB[140]+limit) > 1 || math.Abs(mean) > 0.2 || kept < -1 {
			t.Error(text)
		}
	}
}

// The limit does not change how sure a network without delay is of speech, and a change of it makes no step.
func TestWithoutDelayLimitChanges(t *testing.T) {
	w := promptly(t)
	x := babble(7, 200*dsp.Hop)
	bounded, free := NewSuppressor(w), NewSuppressor(w)
	y := make([]float32, dsp.Hop)
	for at := 0; at < len(x); at += dsp.Hop {
		bounded.SetAttenuationLimit(float32(at / dsp.Hop % 3 * 12))
		bounded.Process(y, x[at:][:dsp.Hop])
		free.Process(y, x[at:][:dsp.Hop])
		if bounded.kept != free.kept || bounded.SpeechProbability() != free.SpeechProbability() {
			t.Fatalf("hop %d: %v and %v of the sound are said to be kept", at/dsp.Hop, bounded.kept, free.kept)
		}
	}
	const amplitude = 0.5
	jump := func(strength func(hop int) float32) (most float64) {
		s := NewSuppressor(w)
		spectrum(s, 0) // all is removed
		p, last := s.stream.(*promptStream), 0.0
		for h := range 200 {
			for i := range p.hop {
				p.hop[i] = amplitude * float32(math.Cos(2*math.Pi*25*float64(h*dsp.Hop+i)/dsp.SampleRate)) // loudest where hops begin
			}
			s.fresh = p.hop
			s.SetAttenuationLimit(strength(h))
			s.render(y)
			for _, v := range y {
				if h > 0 {
					most = max(most, math.Abs(float64(v)-last))
				}
				last = float64(v)
			}
		}
		return most
	}
	own := jump(func(int) float32 { return 0 }) // of the sound itself
	if got := jump(func(hop int) float32 { return float32(hop % 2 * 100) }); got > own+1.5*amplitude/dsp.Hop {
		t.Errorf("a step of %v, the sound's own are %v", got, own)
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
