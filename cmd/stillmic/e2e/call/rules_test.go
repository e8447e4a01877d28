//go:build linux

package call

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/speaker"
)

// Settings follow the microphone and the application, and the volume stays
// where it is held.
func TestRules(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		path := filepath.Join(t.TempDir(), "rules.toml")
		text := "[microphone]\nhold_volume = true\n" +
			"[[rule]]\nmicrophone = \"headset\"\nstrength = \"gentle\"\nvolume = 80\n" +
			"[[rule]]\napplication = \"soundserver\"\npreset = \"max\"\nspeaker = true\nspeaker_strength = \"strong\"\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.AddMic("headset", 48000, 1); err != nil {
			t.Fatal(err)
		}
		s.RunDaemon("--config", path, "--strength", "medium")

		hangUp := s.InCall()
		defer hangUp()
		s.Await(stage.GiveUp, "max while the application records", func(st control.Status) bool {
			return st.Strength == "max" && st.Preset == "max" && st.Rules == "application soundserver"
		})
		s.Await(stage.GiveUp, "a speaker, too", func(st control.Status) bool {
			return st.Speaker.State == speaker.Suspended && st.Speaker.Strength == "strong"
		})
		hangUp()
		s.Await(stage.GiveUp, "as it was", func(st control.Status) bool {
			return st.Strength == "medium" && st.Preset != "max" && st.Rules == "" && st.Speaker.State == speaker.Off
		})

		// As found, for a microphone without a rule.
		found := volume(s, soundserver.FakeMic)
		pactl(s, "set-source-volume", soundserver.FakeMic, "35%")
		awaitVolume(s, soundserver.FakeMic, found)

		s.Post("/v1/device", map[string]string{"device": "headset"})
		s.Await(stage.GiveUp, "gentle with the headset", func(st control.Status) bool {
			return st.Source == "headset" && st.Strength == "gentle"
		})
		awaitVolume(s, "headset", "80%")
		pactl(s, "set-source-volume", "headset", "20%")
		awaitVolume(s, "headset", "80%")

		s.Post("/v1/device", map[string]string{"device": soundserver.FakeMic})
		s.Await(stage.GiveUp, "medium without it", func(st control.Status) bool { return st.Strength == "medium" })
	})
}

// pactl controls the stage's server as a mixer does.
func pactl(s *stage.Stage, args ...string) string {
	s.T.Helper()
	cmd := exec.Command("pactl", args...)
	cmd.Env = append(s.Env(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.T.Fatalf("pactl %q: %v: %s", args, err, out)
	}
	return string(out)
}

// volume is what a mixer shows for a microphone, "80%".
func volume(s *stage.Stage, source string) string {
	s.T.Helper()
	return regexp.MustCompile(`\d+%`).FindString(pactl(s, "get-source-volume", source))
}

// awaitVolume waits until the volume is as wanted.
func awaitVolume(s *stage.Stage, source, want string) {
	s.T.Helper()
	var is string
	for end := time.Now().Add(stage.GiveUp); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if is = volume(s, source); is == want {
			return
		}
	}
	s.T.Fatalf("the volume of %s is %s, want %s", source, is, want)
}
