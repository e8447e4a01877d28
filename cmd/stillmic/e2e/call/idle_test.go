//go:build linux

package call

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
)

// While nobody records Stillmic Microphone the real one is free and the
// program rests; the first who does hears it at once.
func TestIdle(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		s.PlayMic(soundserver.Sine(audioio.SampleRate, stage.ToneHz, stage.TonePeak))
		config := filepath.Join(t.TempDir(), "stillmic.toml")
		if err := os.WriteFile(config, []byte("[idle]\nafter_s = 0.5\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		s.RunDaemon("--strength", "off", "--config", config)
		suspended(s)
		stage.UntilClean(t, func() string { return restsCheaply(s) })
		stage.UntilClean(t, func() string { return wakes(s) })
		suspended(s) // and back
	})
}

// suspended waits until the daemon rests and sees that the microphone is free.
func suspended(s *stage.Stage) {
	s.T.Helper()
	s.Await(10*time.Second, "suspended", func(st control.Status) bool { return st.State == control.Suspended })
	// The server may see the end of a connection a moment later.
	var n int
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var err error
		if n, err = s.Recorders(soundserver.FakeMic); err != nil {
			s.T.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
	s.T.Errorf("%d programs record the microphone while it is to be free", n)
}

// restsCheaply measures what the daemon costs while suspended, and says so if
// that is more than a thousandth of a core.
func restsCheaply(s *stage.Stage) string {
	s.T.Helper()
	const span = 4 * time.Second
	// The server's news are looked at first: of the microphone's end, and on PipeWire of each
	// device that its session manager suspends 5 s after its last use.
	time.Sleep(6 * time.Second)
	before, err := soundserver.CPUTime(s.Daemon.Process.Pid)
	if err != nil {
		s.T.Fatal(err)
	}
	time.Sleep(span)
	after, err := soundserver.CPUTime(s.Daemon.Process.Pid)
	if err != nil {
		s.T.Fatal(err)
	}
	percent := 100 * (after - before).Seconds() / span.Seconds()
	s.T.Logf("suspended: %.3f %% of a core", percent)
	if percent > 0.1 {
		return fmt.Sprintf("suspended, it uses %.3f %% of a core, want 0.1 at most", percent)
	}
	return ""
}

// wakes records from rest and says what is wrong if the tone is not there
// within 100 ms of when a recording of the microphone itself has it, which the
// server has to wake, too.
func wakes(s *stage.Stage) string {
	s.T.Helper()
	suspended(s)
	heard := func(source string) time.Duration {
		begin := time.Now()
		return firstTone(s.RecordFor(1500*time.Millisecond, source)[0]).Sub(begin)
	}
	direct := heard(soundserver.FakeMic)
	woken := heard(pulse.MicName)
	awake := heard(pulse.MicName) // at once again
	s.T.Logf("from the start of a recording to the tone: %v from rest, %v awake, %v of the microphone itself",
		woken.Round(time.Millisecond), awake.Round(time.Millisecond), direct.Round(time.Millisecond))
	if woken > max(direct, awake)+100*time.Millisecond {
		return "too late"
	}
	return ""
}

// firstTone returns when the first 10 ms of full level arrived.
func firstTone(r soundserver.Recording) time.Time {
	for _, p := range r.Packets {
		if p.Len >= 240 && soundserver.RMS(r.Samples[p.Start:p.Start+p.Len]) > 0.9*stage.TonePeak/math.Sqrt2 {
			return p.At
		}
	}
	return time.Unix(1<<40, 0) // never
}

// A microphone that is pulled out while nobody listens is missed at once, and
// found again.
func TestIdleUnplugged(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		config := filepath.Join(t.TempDir(), "stillmic.toml")
		if err := os.WriteFile(config, []byte("[idle]\nafter_s = 0.5\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		s.RunDaemon("--strength", "off", "--config", config)
		suspended(s)
		if err := s.RemoveMic(soundserver.FakeMic); err != nil {
			t.Fatal(err)
		}
		s.Await(stage.GiveUp, "waiting", func(st control.Status) bool { return st.State == control.WaitingForDevice })
		if err := s.AddMic(soundserver.FakeMic, 48000, 1); err != nil {
			t.Fatal(err)
		}
		suspended(s)
	})
}
