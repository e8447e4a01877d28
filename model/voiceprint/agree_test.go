package voiceprint

import (
	"math/rand/v2"
	"testing"
)

// voice is seconds of somebody: about a direction, but not quite.
func voice(r *rand.Rand, seconds int) (pieces []Values) {
	var mean Values
	for i := range mean {
		mean[i] = float32(r.NormFloat64())
	}
	mean.normalise()
	for range seconds {
		p := mean
		for i := range p {
			p[i] += 0.08 * float32(r.NormFloat64())
		}
		p.normalise()
		pieces = append(pieces, p)
	}
	return pieces
}

// TestApart: two voices are two groups, however they take turns; one voice is none, and too little is not known.
func TestApart(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	a, b := voice(r, 10), voice(r, 10)
	if got := (&Enrolment{pieces: a}).Apart(); got < 0.5 {
		t.Errorf("one voice falls apart into two that resemble each other by %.2f", got)
	}
	var turns []Values
	for i := range a {
		turns = append(turns, a[i], b[i])
	}
	for name, pieces := range map[string][]Values{"turns": turns, "one after the other": append(a[:10:10], b...), "few words": append(a[:10:10], b[:3]...)} {
		if got := (&Enrolment{pieces: pieces}).Apart(); got > 0.3 {
			t.Errorf("%s: two voices resemble each other by %.2f", name, got)
		}
	}
	if got := (&Enrolment{pieces: append(a[:3:3], b[:2]...)}).Apart(); got != 1 {
		t.Errorf("of 5 s it says %.2f", got)
	}
}

// TestHalves: those of one voice are alike, of two voices after another they are not.
func TestHalves(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	a, b := voice(r, 10), voice(r, 10)
	if got := (&Enrolment{pieces: a}).Halves(); got < 0.8 {
		t.Errorf("one voice: %.2f", got)
	}
	if got := (&Enrolment{pieces: append(a, b...)}).Halves(); got > 0.5 {
		t.Errorf("two voices: %.2f", got)
	}
	if got := (&Enrolment{}).Halves(); got != 0 {
		t.Errorf("nothing: %.2f", got)
	}
}

// TestAdd: a print of two enrolments resembles both, and says what it was made of.
func TestAdd(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	v := voice(r, 2)
	p := &Print{Network: "n", Seconds: 20, Own: 0.8, Times: 1, Values: v[0]}
	q := &Print{Network: "n", Seconds: 40, Own: 0.8, Times: 2, Values: v[1]}
	both := p.Add(q)
	if both.Seconds != 60 || both.Times != 3 || both.Own <= 0 || both.Own > 0.8 {
		t.Errorf("%.0f s, %d times, own %.2f", both.Seconds, both.Times, both.Own)
	}
	if one, other := both.Resembles(p), both.Resembles(q); one < p.Resembles(q) || other < p.Resembles(q) || one > 1.001 {
		t.Errorf("it resembles them by %.2f and %.2f, they each other by %.2f", one, other, p.Resembles(q))
	}
	if length := both.Resembles(both); length < 0.99 || length > 1.01 {
		t.Errorf("its length is %.3f", length)
	}
}
