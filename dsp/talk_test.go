package dsp

import (
	"math"
	"testing"
)

// TestTalk: talk is found within about a second; a cry that a network takes for speech is none,
// nor are single words of hisses and buzzes far apart.
func TestTalk(t *testing.T) {
	var talk Talk
	x, speech := voice(12, -30)
	from := -1
	for h, p := range speech {
		if talk.Hear(x[h*Hop:][:Hop], p) && from < 0 {
			from = h
		}
	}
	t.Logf("found after %d ms", 10*from)
	if from < 20 || from > 150 || !talk.Found() {
		t.Errorf("talk is found after %d ms", 10*from)
	}
	var cry Talk
	phase := 0.0
	for range 3000 {
		hop := make([]float32, Hop)
		for i := range hop {
			phase += (420 + 60*math.Sin(phase/900)) / SampleRate
			for k := 1.0; k < 12; k++ {
				hop[i] += float32(0.1 / k * math.Sin(2*math.Pi*k*phase))
			}
		}
		if cry.Hear(hop, 0.97) || cry.Found() {
			t.Fatal("a cry is taken for talk")
		}
	}
	var rare Talk
	for h, p := range speech {
		if h%100 >= 20 {
			p = 0.05
		}
		if rare.Hear(x[h*Hop:][:Hop], p) {
			t.Fatal("a fifth of a second now and then is taken for talk")
		}
	}
}

// TestTalkOfShortSounds: a recording of one word has a voice, silence and sounds that are no
// numbers have none.
func TestTalkOfShortSounds(t *testing.T) {
	x, _ := voice(1, -30)
	var word, silent, none, nan Talk
	for h := range 60 {
		hop := x[h*Hop:][:Hop]
		word.Hear(hop, 0.9)
		silent.Hear(make([]float32, Hop), 0.9)
		broken := append([]float32(nil), hop...)
		broken[h] = float32(math.NaN())
		nan.Hear(broken, float32(math.NaN()))
	}
	if !word.Found() || silent.Found() || none.Found() || nan.Found() {
		t.Error(word.Found(), silent.Found(), none.Found(), nan.Found())
	}
	for h := range 100 { // it recovers
		nan.Hear(x[h%100*Hop:][:Hop], 0.9)
	}
	if math.IsNaN(nan.recent) || !nan.Found() {
		t.Errorf("after sounds that are no numbers the evidence is %g", nan.recent)
	}
}

func TestTalkAllocatesNothing(t *testing.T) {
	var talk Talk
	x := noise(1, Hop)
	if n := testing.AllocsPerRun(100, func() { talk.Hear(x, 1) }); n != 0 {
		t.Fatalf("%v allocations per hop", n)
	}
}
