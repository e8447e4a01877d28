package focus

import (
	"math"
	"testing"
)

// tempered is what the rules make of one gain that is wanted for all bands of so many hops.
func tempered(r *rules, hops int, gain, speech float32, whose turn) (dB float64) {
	var gains, power [bands]float32
	for b := range gains {
		gains[b], power[b] = gain, 1
	}
	for range hops {
		r.temper(gains[:], 0, speech, whose)
		r.judge(&power, speech)
	}
	return 20 * math.Log10(float64(r.gains[7]))
}

func isAbout(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 0.1 {
		t.Errorf("%s: %.2f dB, must be %.1f", what, got, want)
	}
}

// TestOthersSinkAndTheWantedVoiceIsBackAtOnce.
func TestOthersSinkAndTheWantedVoiceIsBackAtOnce(t *testing.T) {
	r := newRules()
	tempered(&r, 2*aSyllable, 1, 1, 0)
	isAbout(t, "a hop", tempered(&r, 1, 0, 1, anybody), -2)
	isAbout(t, "0.3 s of another", tempered(&r, 30, 0, 1, anybody), -24)
	if r.held != otherHeld {
		t.Error("nobody is said to be lowered")
	}
	isAbout(t, "a hop of the wanted voice", tempered(&r, 1, 1, 1, anybody), 0)
	tempered(&r, otherHeld, 1, 1, 0)
	if r.held != 0 {
		t.Error("another is said to be lowered a second later")
	}
}

// TestFirstSyllable: who begins after a pause is not lowered by more than 10 dB for 400 ms, unless it is known
// who speaks.
func TestFirstSyllable(t *testing.T) {
	r := newRules()
	tempered(&r, 2*aSyllable, 0, 1, 0)
	isAbout(t, "before a pause", tempered(&r, 1, 0, 1, anybody), -24)
	tempered(&r, aPause, 0, 0.1, 0)
	for hop := range aSyllable - 1 {
		if got := tempered(&r, 1, 0, 1, anybody); got < -9.8 {
			t.Fatalf("hop %d after a pause: %.2f dB", hop, got)
		}
	}
	isAbout(t, "0.8 s after it", tempered(&r, aSyllable, 0, 1, anybody), -24)
	tempered(&r, aPause, 0, 0.1, 0)
	isAbout(t, "0.2 s after a pause, in another's turn", tempered(&r, 20, 0, 1, another), -24)
}

// TestTurns: of another's -22 dB are left at most, of the owner's -3.7 dB at least, whatever the network wants.
func TestTurns(t *testing.T) {
	r := newRules()
	isAbout(t, "another's turn", tempered(&r, 30, 1, 1, another), -21.9)
	isAbout(t, "the owner's", tempered(&r, 20, 0, 1, wanted), -3.7)
}

// TestRoomToneComesBackSlowly after a second without a voice that was lowered.
func TestRoomToneComesBackSlowly(t *testing.T) {
	r := newRules()
	tempered(&r, 2*aSyllable, 0.2, 1, 0)
	isAbout(t, "0.5 s after another spoke", tempered(&r, 50, 0.2, 0, anybody), -9.8)
	if got := tempered(&r, otherHeld, 0.2, 0, anybody); got < -6 || got > -0.5 {
		t.Errorf("a second later: %.2f dB", got)
	}
	isAbout(t, "three seconds later", tempered(&r, 3*otherHeld, 0.2, 0, anybody), 0)
}

// TestBothSpeak: in another's turn all bands are lowered, but not once the wanted voice joins in for a while.
func TestBothSpeak(t *testing.T) {
	r, gains := newRules(), [bands]float32{}
	for b := range gains {
		gains[b] = 1
	}
	gains[3] = 0.5
	for _, step := range []struct {
		what       string
		hops       int
		voice      float32
		first, own float64 // dB of the first band and of the one that the network lowers
	}{
		{"another", 100, 0, -21.9, -21.9},
		{"a moment of the wanted voice", 8, 1, -21.9, -21.9},
		{"the network is not sure", 100, 0.7, -21.9, -21.9},
		{"both", 50, 1, 0, -6},
		{"another again", 100, 0, -21.9, -21.9},
	} {
		for range step.hops {
			r.temper(gains[:], step.voice, 1, another)
		}
		isAbout(t, step.what, 20*math.Log10(float64(r.gains[0])), step.first)
		isAbout(t, step.what+", lowered", 20*math.Log10(float64(r.gains[3])), step.own)
	}
}
