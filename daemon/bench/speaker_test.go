package bench

import (
	"testing"

	"github.com/stillmic/stillmic/daemon/speaker"
	"github.com/stillmic/stillmic/daemon/strength"
	"github.com/stillmic/stillmic/dsp/music"
)

// The virtual output and the canceller allocate nothing in a hop. What they cost is not held to anything
// here: tests run beside each other.
func TestSpeakerAndEchoAlloc(t *testing.T) {
	w, err := speaker.Network()
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]Part{
		"speaker": Speaker(speaker.NewCleaner(w, music.New(), strength.Gentle), 5),
		"echo":    Echo(5),
	} {
		t.Logf("%s: %.0f us", name, p.FrameUS.P50)
		if p.AllocsPerFrame > 0.05 { // of the runtime itself
			t.Errorf("%s allocates %.2f times a hop", name, p.AllocsPerFrame)
		}
		if p.FrameUS.P50 <= 0 {
			t.Errorf("%s: %+v", name, p)
		}
	}
}
