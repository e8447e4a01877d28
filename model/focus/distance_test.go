package focus

import (
	"math"
	"testing"
)

// speak has a distance hear so many hops of a voice at a level in dB, which the network takes for near with some log
// odds.
func speak(d *distance, hops int, level, near float64) {
	for range hops {
		d.hear(1, math.Pow(10, level/10), float32(1/(1+math.Exp(-near))))
	}
}

// pauseOf has it hear a pause in which somebody else may begin.
func pauseOf(d *distance) {
	for range aPause {
		d.hear(0, 1e-9, 0.5)
	}
}

func turnsTo(t *testing.T, what string, d *distance, want turn) {
	t.Helper()
	if got := turnOf(d.odds); got != want {
		t.Errorf("%s: turn %d, must be %d (log odds %.1f)", what, got, want, d.odds)
	}
}

// The log odds that the network gives a near voice, one of some rooms, and a far one, in the median of recordings.
const nearBy, reverberant, farOff = 4.5, 2.5, 0

// TestSofterVoiceIsFarther: 12 dB softer and a little reverberant is far within a second after a pause, the near one
// is back in 120 ms.
func TestSofterVoiceIsFarther(t *testing.T) {
	d := newDistance()
	speak(&d, 300, -30, nearBy)
	turnsTo(t, "who speaks first", &d, wanted)
	pauseOf(&d)
	speak(&d, 100, -42, reverberant)
	turnsTo(t, "a second of a far one", &d, another)
	speak(&d, 12, -30, nearBy)
	if d.odds < 0 {
		t.Errorf("120 ms after the near one is back: log odds %.1f", d.odds)
	}
}

// TestSofterWordsOfOneVoice: 5 dB softer is the same voice.
func TestSofterWordsOfOneVoice(t *testing.T) {
	d := newDistance()
	for range 5 {
		speak(&d, 100, -30, nearBy)
		speak(&d, 100, -35, nearBy)
		turnsTo(t, "soft words", &d, wanted)
	}
}

// TestWhoGoesOnAloneIsHeard again: the near one has left, or sits farther away now.
func TestWhoGoesOnAloneIsHeard(t *testing.T) {
	d := newDistance()
	speak(&d, 300, -30, nearBy)
	pauseOf(&d)
	speak(&d, 200, -42, 3)
	turnsTo(t, "12 dB softer", &d, another)
	speak(&d, 60*100, -42, 3)
	if turnOf(d.odds) == another {
		t.Errorf("who has spoken alone for a minute is still taken for far: log odds %.1f", d.odds)
	}
}

// TestReverberantVoiceIsFar, as loud as the near one, and with nobody before.
func TestReverberantVoiceIsFar(t *testing.T) {
	d := newDistance()
	speak(&d, 200, -30, farOff)
	turnsTo(t, "a far one alone", &d, another)
	d = newDistance()
	speak(&d, 300, -30, nearBy)
	speak(&d, 100, -30, farOff)
	turnsTo(t, "a far one as loud", &d, another)
}

// TestDistanceForgetsNothingBad: what is no number does not stay.
func TestDistanceForgetsNothingBad(t *testing.T) {
	d := newDistance()
	speak(&d, 100, -30, nearBy)
	d.hear(1, math.NaN(), 1)
	d.hear(1, math.Inf(1), 1)
	d.hear(1, 1e-3, 0)
	d.hear(1, 1e-3, 1)
	speak(&d, 10, -30, nearBy)
	turnsTo(t, "after no numbers", &d, wanted)
}
