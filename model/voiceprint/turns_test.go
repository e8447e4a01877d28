package voiceprint

import (
	"errors"
	"math"
	"testing"

	"github.com/stillmic/stillmic/dsp"
)

// anyone is a print that this network can read.
func anyone(t *testing.T) *Print {
	t.Helper()
	n, err := load()
	if err != nil {
		t.Fatal(err)
	}
	p := &Print{Network: n.id, Seconds: GoodSeconds, Own: 0.8}
	p.Values[0] = 1
	return p
}

// TestTurnsOfTheOwner: tones are surely the voice of a print of tones, and of nobody else's; what is no voice is nobody's.
func TestTurnsOfTheOwner(t *testing.T) {
	p, err := enrolled(t, 20).Print()
	if err != nil {
		t.Fatal(err)
	}
	other := anyone(t)
	for i := range other.Values {
		other.Values[i] = -p.Values[i]
	}
	for _, c := range []struct {
		p           *Print
		speech      float32
		least, most float64
	}{{p, 1, 3, 1e9}, {p, 0.1, 0, 0}, {other, 1, -1e9, -3}} {
		turns, err := NewTurns(c.p)
		if err != nil {
			t.Fatal(err)
		}
		sound := tones()
		for n := range turns.Delay()/dsp.Hop + 500 {
			turns.Hear(sound[n*dsp.Hop%len(sound):][:dsp.Hop], c.speech)
			after := n - turns.Delay()/dsp.Hop
			if got := turns.Odds(); after < 0 && got != 0 || after > 200 && (got < c.least || got > c.most) {
				t.Fatalf("hop %d: log odds %.1f, must be %g to %g", after, got, c.least, c.most)
			}
		}
	}
	if _, err := NewTurns(&Print{Network: "0123456789ab"}); !errors.Is(err, ErrOtherNetwork) {
		t.Errorf("%v, must be ErrOtherNetwork", err)
	}
}

// TestTurnsAreInTime: what is said of a hop is that of its block, and of the blocks around where they are likelier the print's.
func TestTurnsAreInTime(t *testing.T) {
	turns, err := NewTurns(anyone(t))
	if err != nil {
		t.Fatal(err)
	}
	const owner = 3 // the only block of the print's voice
	for b := range turns.odds {
		turns.odds[b] = -5
	}
	turns.odds[owner%keep] = 5
	for hop := 20; hop < 60; hop++ {
		turns.hops = hop + 1 + lateHops
		want := -5.0
		if hop >= (owner-guard)*blockHops && hop < (owner+guard+1)*blockHops {
			want = 5
		}
		if got := turns.Odds(); hop < (owner+keep-guard)*blockHops && got != want {
			t.Errorf("hop %d: %g, must be %g", hop, got, want)
		}
	}
}

// TestDeciderFindsTheTurn: odds that change their sign are followed within two blocks, single ones
// are not, and nothing is said of what has no odds.
func TestDeciderFindsTheTurn(t *testing.T) {
	d := &decider{}
	var odds, got []float64
	for range 40 {
		odds = append(odds, 0.8)
	}
	for range 40 {
		odds = append(odds, -0.8)
	}
	odds[20], odds[60] = -0.8, 0.8
	for range lag {
		odds = append(odds, 0)
	}
	for _, o := range odds {
		if said, there := d.follow(o); there {
			got = append(got, said)
		}
	}
	if len(got) != 80 {
		t.Fatalf("%d blocks are decided, must be 80", len(got))
	}
	for b, said := range got {
		if wrong := said > 0 != (b < 40); wrong && (b < 38 || b > 41) {
			t.Errorf("block %d: log odds %.1f", b, said)
		}
	}
	silent := &decider{}
	for range 100 {
		if said, _ := silent.follow(0); said != 0 {
			t.Fatalf("silence has log odds of %g, must be 0", said)
		}
	}
}

// TestReferenceFollowsTheVoice: it begins low, rises with 3 s of a voice that resembles the print
// and does not fall with another's.
func TestReferenceFollowsTheVoice(t *testing.T) {
	var r reference
	for i := range 3 * spokenBlocks {
		got := r.next(0.7, 0.8)
		want := 0.7
		if i < spokenBlocks-1 {
			want = leastOwn * 0.8
		}
		if math.Abs(got-want) > 1e-9 {
			t.Fatalf("after %d blocks it is %g, must be %g", i+1, got, want)
		}
	}
	for range 3 * spokenBlocks {
		if got := r.next(0.1, 0.8); math.Abs(got-0.7) > 1e-9 {
			t.Fatalf("it falls to %g with another's voice", got)
		}
	}
}
