package model

import (
	"math"
	"slices"
	"testing"

	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model/internal/deepfilter"
)

// randomMixture is one of untrained networks.
func randomMixture(tb testing.TB, lookahead int) *Weights {
	return mixed(randomDeep(tb, lookahead, deepfilter.Integers), randomWeights(tb, smallShape))
}

// At every share the output lies between what both networks give by themselves, each at the
// deep filter's delay; then comes the gain of makeup.
func TestMixtureIsAligned(t *testing.T) {
	x := babble(5, 60*dsp.Hop)
	for lookahead := range MaxLookahead + 1 {
		deepWeights, lightWeights := randomDeep(t, lookahead, deepfilter.Integers), randomWeights(t, smallShape)
		pair := mixed(deepWeights, lightWeights)
		pair.net.(*mixture).shares = shares{voice: 0.2, clean: 0.5, room: 0.4}
		both := NewSuppressor(pair)
		alone := NewSuppressor(lightWeights)
		alone.stream.(*lightStream).unbound = true
		deepOut, lightOut := run(NewSuppressor(deepWeights), x), run(alone, x)
		ahead := lookahead * dsp.Hop
		dst := make([]float32, dsp.Hop)
		shares := 0
		for at := 0; at+dsp.Hop <= len(x); at += dsp.Hop {
			mixture := both.stream.(*mixtureStream)
			before, gainBefore := mixture.share, 1+mixture.makeup.last
			both.Process(dst, x[at:at+dsp.Hop])
			after, gainAfter := mixture.share, 1+mixture.makeup.last
			if after > 0 {
				shares++
			}
			for i, v := range dst {
				d, l := deepOut[at+i], float32(0)
				if at >= ahead {
					l = lightOut[at-ahead+i]
				}
				share := before + (after-before)*float32(i+1)/dsp.Hop
				gain := gainBefore + (gainAfter-gainBefore)*float32(i+1)/dsp.Hop
				if want := gain * (d + share*(l-d)); math.Abs(float64(v-want)) > 1e-5*(1+math.Abs(float64(want))) {
					t.Fatalf("lookahead %d, sample %d: %v, want %v (share %v)", lookahead, at+i, v, want, share)
				}
			}
		}
		if shares < 10 {
			t.Errorf("lookahead %d: the light network had a share in %d hops: nothing was tested", lookahead, shares)
		}
	}
}

// A voice that the deep filter takes for noise is left to the light network, one that both
// know is not.
func TestMixtureKnowsStrangeVoices(t *testing.T) {
	for _, c := range []struct {
		leaves   float32 // of the amplitude that the light network leaves
		low, top float32 // bounds of strange
	}{{1, 0, 0}, {0.7, 0, 0}, {0.5, 0.4, 0.6}, {0.1, 1, 1}} {
		s := randomMixture(t, 0).net.newStream(chosen.Load()).(*mixtureStream)
		voice := lightHop{speech: 1}
		for i := range voice.wet {
			voice.wet[i] = float32(math.Sin(float64(i) / 20))
		}
		wet := make([]float32, dsp.Hop)
		for range 100 {
			for i, v := range voice.wet {
				wet[i] = c.leaves * v
			}
			s.compare(wet, &voice)
		}
		if got := s.strange(); got < c.low || got > c.top {
			t.Errorf("of a voice %v as loud as with the light network: strange by %v, want %v to %v", c.leaves, got, c.low, c.top)
		}
	}
}

func TestMixtureResetsAndAllocatesNothing(t *testing.T) {
	w, x := randomMixture(t, 2), babble(3, 30*dsp.Hop)
	s := NewSuppressor(w)
	first := run(s, x)
	s.Reset()
	if !slices.Equal(run(s, x), first) {
		t.Error("after Reset the same input gives another output")
	}
	pair := []*Suppressor{s, NewSuppressor(w)}
	hop := x[:dsp.Hop]
	both := [][]float32{slices.Clone(hop), slices.Clone(hop)}
	if n := testing.AllocsPerRun(10, func() { s.Process(both[0], hop) }); n != 0 {
		t.Errorf("Process: %v allocations per hop", n)
	}
	if n := testing.AllocsPerRun(10, func() { ProcessLinked(pair, both, both) }); n != 0 {
		t.Errorf("ProcessLinked: %v allocations per hop", n)
	}
}
