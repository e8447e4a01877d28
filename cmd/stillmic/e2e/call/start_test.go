//go:build linux

package call

import (
	"syscall"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
)

// The microphone is there, and clean, soon after the program was started. The
// figure is what counts; the limit only tells a hang from a busy machine.
func TestStartsSoon(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		// A microphone that plays is awake, as a real one is at once.
		s.PlayMic(soundserver.Sine(audioio.SampleRate, stage.ToneHz, stage.TonePeak))
		s.RecordFor(time.Second, soundserver.FakeMic)
		if _, err := stage.Program(); err != nil { // builds it
			t.Fatal(err)
		}
		var best time.Duration
		for range 3 {
			begin := time.Now()
			s.StartDaemon()
			s.Await(10*time.Second, "cleaning", func(st control.Status) bool { return st.Frames > 2 })
			took := time.Since(begin)
			t.Logf("%d ms from the start of the program to its third clean frame", took.Milliseconds())
			if best == 0 || took < best {
				best = took
			}
			if err := s.SignalDaemon(syscall.SIGTERM); err != nil {
				t.Errorf("told to stop: %v", err)
			}
		}
		if best > 2*time.Second {
			t.Errorf("it takes %v", best)
		}
	})
}
