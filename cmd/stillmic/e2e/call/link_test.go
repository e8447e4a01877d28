//go:build linux

package call

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
)

// Who links ports himself on PipeWire, as a JACK client does, wakes the microphone and hears it, and
// it rests again without him.
func TestLinkWakes(t *testing.T) {
	s := &stage.Stage{Server: soundserver.StartKind(t, soundserver.PipeWire), T: t}
	s.PlayMic(soundserver.Sine(audioio.SampleRate, stage.ToneHz, stage.TonePeak))
	config := filepath.Join(t.TempDir(), "stillmic.toml")
	if err := os.WriteFile(config, []byte("[idle]\nafter_s = 0.5\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.RunDaemon("--strength", "off", "--config", config)
	if _, err := s.LoadModule("module-null-sink", "sink_name=jack rate=48000 channels=1 channel_map=mono"); err != nil {
		t.Fatal(err)
	}
	s.Await(stage.GiveUp, "the other is there", func(control.Status) bool { return hasSource(s, "jack.monitor") })
	suspended(s)
	link := func(options ...string) {
		t.Helper()
		cmd := exec.Command("pw-link", append(options, pulse.MicName+":capture_MONO", "jack:playback_MONO")...)
		cmd.Env = s.Env()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("pw-link: %v: %s", err, out)
		}
	}
	begin := time.Now()
	link()
	heard := firstTone(s.RecordFor(5*time.Second, "jack.monitor")[0]).Sub(begin)
	t.Logf("linked and heard after %v", heard.Round(time.Millisecond))
	if heard > 5*time.Second {
		t.Error("it hears nothing")
	}
	if st, err := s.Status(); err != nil || st.Listeners != 1 || st.State != control.Running {
		t.Errorf("%v for %d programs, %v", st.State, st.Listeners, err)
	}
	link("-d")
	suspended(s)
}
