package engine

import (
	"math"
	"testing"

	"github.com/stillmic/stillmic/audioio"
)

// The voice's level is that of the speech alone, known after a second of it, and of one
// microphone.
func TestVoiceLevel(t *testing.T) {
	var m meter
	loud, soft := new(audioio.Block), new(audioio.Block)
	for i := range soft {
		loud[i], soft[i] = 0.5, 0.001 // -6 and -60 dBFS
	}
	hear := func(hops int, b *audioio.Block, speech float32) float64 {
		for range hops {
			m.hear(b, speech)
		}
		return levelDB(m.voiceLevel.get())
	}
	if got := hear(voiceKnown-1, soft, 0.9); got != -100 {
		t.Errorf("%.1f dBFS after too little speech", got)
	}
	hear(1000, loud, 0.3) // a door
	if got := hear(1, soft, 0.9); math.Abs(got+60) > 0.1 {
		t.Errorf("%.1f dBFS, want -60", got)
	}
	if got := hear(6*voiceMemory, loud, 0.9); math.Abs(got+6) > 0.5 {
		t.Errorf("%.1f dBFS, want -6", got)
	}
	if m.forgetVoice(); levelDB(m.voiceLevel.get()) != -100 {
		t.Error("it knows the other microphone's")
	}
}
