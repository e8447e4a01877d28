package focus

import (
	"math"
	"testing"
)

// speak has a distance hear so many hops of a voice at a level in dB, lowered by some more.
func speak(d *distance, hops int, level, lowered float64) {
	for range hops {
		d.hear(1, math.Pow(10, level/10), math.Pow(10, (level-lowered)/10))
	}
}

// pauseOf has it hear a pause in which somebody else may begin.
func pauseOf(d *distance) {
	for range aPause {
		d.hear(0, 1e-9, 1e-9)
	}
}

func turnsTo(t *testing.T, what string, d *distance, want turn) {
	t.Helper()
	if got := turnOf(d.odds); got != want {
		t.Errorf("%s: turn %d, must be %d (log odds %.1f)", what, got, want, d.odds)
	}
}

// TestSofterVoiceIsFarther: 12 dB softer and a little reverberant is far within a second after a pause, the near one
// is back in 120 ms.
func TestSofterVoiceIsFarther(t *testing.T) {
	d := newDistance()
	speak(&d, 300, -30, 0.2)
	turnsTo(t, "who speaks first", &d, wanted)
	pauseOf(&d)
	speak(&d, 100, -42, 2)
	turnsTo(t, "a second of a far one", &d, another)
	speak(&d, 12, -30, 0.2)
	if d.odds < 0 {
		t.Errorf("120 ms after the near one is back: log odds %.1f", d.odds)
	}
}

// TestSofterWordsOfOneVoice: 5 dB softer is the same voice.
func TestSofterWordsOfOneVoice(t *testing.T) {
	d := newDistance()
	for range 5 {
		speak(&d, 100, -30, 0.2)
		speak(&d, 100, -35, 0.2)
		turnsTo(t, "soft words", &d, wanted)
	}
}

// TestWhoGoesOnAloneIsHeard again: the near one has left, or sits farther away now.
func TestWhoGoesOnAloneIsHeard(t *testing.T) {
	d := newDistance()
	speak(&d, 300, -30, 0.2)
	pauseOf(&d)
	speak(&d, 200, -42, 0.5)
	turnsTo(t, "12 dB softer", &d, another)
	speak(&d, 60*100, -42, 0.5)
	if turnOf(d.odds) == another {
		t.Errorf("who has spoken alone for a minute is still taken for far: log odds %.1f", d.odds)
	}
}

// TestReverberantVoiceIsFar: the network alone tells it, too.
func TestReverberantVoiceIsFar(t *testing.T) {
	d := newDistance()
	speak(&d, 200, -30, 4)
	turnsTo(t, "a reverberant one", &d, another)
}

// TestDistanceForgetsNothingBad: what is no number does not stay.
func TestDistanceForgetsNothingBad(t *testing.T) {
	d := newDistance()
	speak(&d, 100, -30, 0.2)
	d.hear(1, math.NaN(), 1)
	d.hear(1, math.Inf(1), 1)
	speak(&d, 10, -30, 0.2)
	turnsTo(t, "after no numbers", &d, wanted)
}
