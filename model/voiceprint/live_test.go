package voiceprint

import (
	"errors"
	"math"
	"testing"

	"github.com/stillmic/stillmic/dsp"
)

func newLive(t *testing.T) *Live {
	t.Helper()
	l, err := NewLive(anyone(t))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestLiveRefusesAnotherNetworksPrint: with the remedy.
func TestLiveRefusesAnotherNetworksPrint(t *testing.T) {
	if _, err := NewLive(&Print{Network: "0123456789ab"}); !errors.Is(err, ErrOtherNetwork) {
		t.Errorf("%v, must be ErrOtherNetwork", err)
	}
}

// TestLiveLeavesWhatIsNoVoice: bit for bit, and without a delay.
func TestLiveLeavesWhatIsNoVoice(t *testing.T) {
	l, sound := newLive(t), tones()
	for at := 0; at < len(sound); at += dsp.Hop {
		hop := [dsp.Hop]float32(sound[at:])
		if got := l.Process(sound[at:][:dsp.Hop], hop[:], 0.1); got != 0.1 {
			t.Fatalf("speech is %g, must be .1 as it was", got)
		}
		if hop != [dsp.Hop]float32(sound[at:]) || l.Other() {
			t.Fatalf("sample %d: noise is taken for another's voice", at)
		}
	}
}

// certain is a Live that takes all for another's voice.
func certain(t *testing.T) *Live {
	l := newLive(t)
	l.judge.odds = leastOdds
	l.spoken = aSyllable
	return l
}

// lowered is by how many dB a Live lowers so many hops of a constant, the last of them.
func lowered(l *Live, hops int, speech float32) (dB float64) {
	for range hops {
		hop := make([]float32, dsp.Hop)
		for i := range hop {
			hop[i] = 1
		}
		l.Process(nil, hop, speech)
		dB = -20 * math.Log10(float64(hop[dsp.Hop-1]))
	}
	return dB
}

// TestLiveLowersOthers by 20 dB, says so, and what it leaves of them is no speech.
func TestLiveLowersOthers(t *testing.T) {
	l := certain(t)
	if got := lowered(l, 20, 1); math.Abs(got-mostLowered) > 0.01 || !l.Other() {
		t.Errorf("lowered by %.2f dB, said: %v, must be 20 dB", got, l.Other())
	}
	if got := l.Process(nil, make([]float32, dsp.Hop), 1); got != 0 {
		t.Errorf("speech is %g, must be 0", got)
	}
	l.judge.odds = 0
	if got := lowered(l, 5, 1); got != 0 {
		t.Errorf("50 ms after the owner is back his voice is lowered by %.2f dB", got)
	}
	lowered(l, otherHeld, 0)
	if l.Other() {
		t.Error("another is said to speak a second after he does")
	}
}

// TestLiveKeepsTheFirstSyllable: after a pause nobody is lowered by more than 10 dB for the first 250 ms.
func TestLiveKeepsTheFirstSyllable(t *testing.T) {
	l := certain(t)
	lowered(l, 20, 1)
	if got := lowered(l, aPause+10, 0); got > 10 {
		t.Errorf("at the end of a pause what comes is lowered by %.2f dB", got)
	}
	for n := range aSyllable - 1 {
		if got := lowered(l, 1, 1); got > 10 {
			t.Fatalf("the first syllable is lowered by %.2f dB after %d ms", got, 10*n)
		}
	}
	if got := lowered(l, 15, 1); math.Abs(got-mostLowered) > 0.01 {
		t.Errorf("another's second syllable is lowered by %.2f dB", got)
	}
}

// TestLiveResets: after Reset all is as at first.
func TestLiveResets(t *testing.T) {
	l, fresh, sound := newLive(t), newLive(t), tones()
	lowered(l, 50, 1)
	l.judge.odds, l.judge.heard.most = leastOdds, 1
	l.Reset()
	for at := 0; at < len(sound); at += dsp.Hop {
		a, b := [dsp.Hop]float32(sound[at:]), [dsp.Hop]float32(sound[at:])
		if l.Process(nil, a[:], 1) != fresh.Process(nil, b[:], 1) || a != b {
			t.Fatalf("sample %d differs from what a new one makes", at)
		}
	}
	if l.judge.odds != fresh.judge.odds || l.judge.heard != fresh.judge.heard {
		t.Error("it remembers what was before")
	}
}

// TestLiveAllocatesNothing: it is within the audio's way.
func TestLiveAllocatesNothing(t *testing.T) {
	l, sound, at := newLive(t), tones(), 0
	var hop [dsp.Hop]float32
	if got := testing.AllocsPerRun(1000, func() {
		copy(hop[:], sound[at:])
		l.Process(sound[at:][:dsp.Hop], hop[:], 1)
		at = (at + dsp.Hop) % len(sound)
	}); got != 0 {
		t.Errorf("a hop allocates %g times", got)
	}
}
