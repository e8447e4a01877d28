//go:build linux

package main

import (
	"syscall"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/daemon"
)

// The microphone is there, and clean, soon after the program was started. The
// figure is what counts; the limit only tells a hang from a busy machine.
func TestStartsSoon(t *testing.T) {
	eachServer(t, func(t *testing.T, s *stage) {
		// A microphone that plays is awake, as a real one is at once.
		s.play(soundserver.Sine(audioio.SampleRate, toneHz, tonePeak))
		s.record(time.Second, soundserver.FakeMic)
		if _, err := program(); err != nil { // builds it
			t.Fatal(err)
		}
		var best time.Duration
		for range 3 {
			begin := time.Now()
			s.start()
			s.await(10*time.Second, "cleaning", func(st daemon.Status) bool { return st.Frames > 2 })
			took := time.Since(begin)
			t.Logf("%d ms from the start of the program to its third clean frame", took.Milliseconds())
			if best == 0 || took < best {
				best = took
			}
			if err := s.signal(syscall.SIGTERM); err != nil {
				t.Errorf("told to stop: %v", err)
			}
		}
		if best > 2*time.Second {
			t.Errorf("it takes %v", best)
		}
	})
}
