package voiceprint

import (
	"math"
	"math/rand/v2"
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

// TestFocusLeavesWhatIsNoVoice: without a voice all comes out as it went in, bit for bit, Delay
// samples later, in every channel.
func TestFocusLeavesWhatIsNoVoice(t *testing.T) {
	f, err := NewFocus(anyone(t), 2)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	total := f.Delay() + 50*dsp.Hop
	in := [2][]float32{make([]float32, total), make([]float32, total)}
	var out [2][]float32
	for at := 0; at < total; at += dsp.Hop {
		var hops [2][dsp.Hop]float32
		for c := range hops {
			for i := range hops[c] {
				hops[c][i] = r.Float32() - 0.5
			}
			copy(in[c][at:], hops[c][:])
		}
		f.Process([][]float32{hops[0][:], hops[1][:]}, 0.1)
		for c := range out {
			out[c] = append(out[c], hops[c][:]...)
		}
	}
	for c := range out {
		for i, v := range out[c] {
			want := float32(0)
			if i >= f.Delay() {
				want = in[c][i-f.Delay()]
			}
			if v != want {
				t.Fatalf("channel %d, sample %d is %g, must be %g", c, i, v, want)
			}
		}
	}
	if f.Speech() != 0.1 {
		t.Errorf("speech is %g, must be .1 as it was", f.Speech())
	}
}

// TestGain: what is surely another's sinks to -20 dB and no further, and is back within 50 ms
// where the print's voice begins, guard blocks before.
func TestGain(t *testing.T) {
	f, err := NewFocus(anyone(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range f.ring {
		for j := range f.ring[i].samples {
			f.ring[i].samples[j] = 1
		}
		f.ring[i].speech = 1
	}
	const owner = 30 // the block from which on the voice is the print's
	hop := make([]float32, dsp.Hop)
	level := func(n int) float64 {
		for b := n/blockHops - guard; b <= n/blockHops+guard; b++ {
			f.lowered[(b+keep)%keep] = b < owner
		}
		f.give([][]float32{hop}, n)
		return 20 * math.Log10(float64(hop[dsp.Hop-1]))
	}
	least := 0.0
	for n := range (owner - guard) * blockHops {
		least = min(least, level(n))
	}
	if math.Abs(least+mostLowered) > 0.01 || f.Speech() != 0 {
		t.Errorf("another's voice is lowered to %.2f dB with speech %g, must be -20 and 0", least, f.Speech())
	}
	for n := range 5 {
		least = level((owner-guard)*blockHops + n)
	}
	if least < -0.01 || f.Speech() != 1 {
		t.Errorf("50 ms into the guard the gain is %.2f dB and speech %g, must be 0 and 1", least, f.Speech())
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

// TestProcessAllocatesNothing: a hop is focused within the audio's way.
func TestProcessAllocatesNothing(t *testing.T) {
	f, err := NewFocus(anyone(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	hops, sound, at := [][]float32{make([]float32, dsp.Hop)}, tones(), 0
	if got := testing.AllocsPerRun(1000, func() {
		copy(hops[0], sound[at:])
		f.Process(hops, 1)
		at = (at + dsp.Hop) % len(sound)
	}); got != 0 {
		t.Errorf("a hop allocates %g times", got)
	}
}
