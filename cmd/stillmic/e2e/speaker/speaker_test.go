//go:build linux

package speaker

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/speaker"
)

// noise is a second of it, again and again the same.
func noise(rms float64) []float32 {
	r := rand.New(rand.NewPCG(3, 3))
	x := make([]float32, seconds(1))
	for i := range x {
		x[i] = float32(rms * r.NormFloat64())
	}
	return x
}

// The noise of a caller falls by what the strength says, and by as much in both channels; the
// program's end closes the output.
func TestSpeakerCleans(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		s.RunDaemon()
		switchOn(s, "24")
		x := noise(0.05)
		soft := make([]float32, len(x))
		for i, v := range x {
			soft[i] = v / 2
		}
		stop := farEnd(s, speakerName, stereo(x, soft))
		awaitRunning(s, "Speakers")
		time.Sleep(3 * time.Second)
		stage.UntilClean(t, func() string {
			got := soundserver.RMS(monitorOf(s, soundserver.Speakers, 2*time.Second))
			st, _ := s.Status()
			lowered := soundserver.DB(0.75*0.05) - soundserver.DB(got)
			t.Logf("LOWERED by %.1f dB: %+v", lowered, st.Speaker)
			if lowered < 15 || lowered > 25 {
				return "the noise is not lowered by 15 to 25 dB"
			}
			return ""
		})
		stop()
		begin := time.Now()
		s.Await(stage.GiveUp, "suspended", func(st control.Status) bool { return st.Speaker.State == speaker.Suspended })
		t.Logf("suspended after %v", time.Since(begin).Round(10*time.Millisecond))
	})
}

// The sound goes on when another output becomes the default, when the virtual output itself does,
// when the output that plays is removed, and when the server is started again.
func TestSpeakerFollows(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		add := func() uint32 {
			t.Helper()
			index, err := s.LoadModule("module-null-sink",
				"rate=48000 channels=2 sink_name=television sink_properties=device.description=Television")
			if err != nil {
				t.Fatal(err)
			}
			return index
		}
		television := add()
		if err := s.SetDefaultSink(soundserver.Speakers); err != nil {
			t.Fatal(err)
		}
		s.RunDaemon()
		switchOn(s, "off")
		x := noise(0.05)
		farEnd(s, speakerName, stereo(x, x))
		t.Logf("after the start: %v", awaitSound(s, soundserver.Speakers, stage.GiveUp))
		if err := s.SetDefaultSink("television"); err != nil {
			t.Fatal(err)
		}
		t.Logf("another default: %v", awaitSound(s, "television", stage.GiveUp))
		if err := s.SetDefaultSink(speakerName); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		t.Logf("itself the default: %v", awaitSound(s, "television", stage.GiveUp))
		if err := s.UnloadModule(television); err != nil {
			t.Fatal(err)
		}
		t.Logf("its output removed: %v", awaitSound(s, soundserver.Speakers, stage.GiveUp))
		if err := s.Restart(); err != nil {
			t.Fatal(err)
		}
		s.Await(stage.GiveUp, "there again", func(st control.Status) bool {
			return st.Speaker.State == speaker.Suspended || st.Speaker.State == speaker.Running
		})
		farEnd(s, speakerName, stereo(x, x))
		t.Logf("the server started again: %v", awaitSound(s, soundserver.Speakers, stage.GiveUp))
	})
}

// A program that plays is heard through the next daemon when one was killed, on the default output
// when the daemon ends, and through the next one again.
func TestSpeakerAndDaemonEnd(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		s.RunDaemon()
		switchOn(s, "off")
		x := noise(0.05)
		farEnd(s, speakerName, stereo(x, x))
		awaitSound(s, soundserver.Speakers, stage.GiveUp)
		_ = s.SignalDaemon(syscall.SIGKILL) // its end by the signal is no news
		s.RunDaemon()
		awaitRunning(s, "Speakers")
		t.Logf("after a crash: %v", awaitSound(s, soundserver.Speakers, stage.GiveUp))
		if err := s.SignalDaemon(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		t.Logf("after the end: %v", awaitSound(s, soundserver.Speakers, stage.GiveUp))
		sinks, err := s.Sinks()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range sinks {
			if name == speakerName {
				t.Errorf("%s is still there", name)
			}
		}
		s.RunDaemon()
		awaitRunning(s, "Speakers")
		t.Logf("after another start: %v", awaitSound(s, soundserver.Speakers, stage.GiveUp))
	})
}
