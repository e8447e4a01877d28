//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/daemon"
)

// Settings follow the microphone and the application, and the volume stays
// where it is held.
func TestRules(t *testing.T) {
	eachServer(t, func(t *testing.T, s *stage) {
		path := filepath.Join(t.TempDir(), "rules.toml")
		text := "[microphone]\nhold_volume = true\n" +
			"[[rule]]\nmicrophone = \"headset\"\nstrength = \"gentle\"\nvolume = 80\n" +
			"[[rule]]\napplication = \"soundserver\"\npreset = \"max\"\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.AddMic("headset", 48000, 1); err != nil {
			t.Fatal(err)
		}
		s.run("--config", path, "--strength", "medium")

		hangUp := s.inCall()
		defer hangUp()
		s.await(giveUp, "max while the application records", func(st daemon.Status) bool {
			return st.Strength == "max" && st.Preset == "max" && st.Rules == "application soundserver"
		})
		hangUp()
		s.await(giveUp, "as it was", func(st daemon.Status) bool {
			return st.Strength == "medium" && st.Preset != "max" && st.Rules == ""
		})

		// As found, for a microphone without a rule.
		found := s.volume(soundserver.FakeMic)
		s.pactl("set-source-volume", soundserver.FakeMic, "35%")
		s.awaitVolume(soundserver.FakeMic, found)

		s.post("/v1/device", map[string]string{"device": "headset"})
		s.await(giveUp, "gentle with the headset", func(st daemon.Status) bool {
			return st.Source == "headset" && st.Strength == "gentle"
		})
		s.awaitVolume("headset", "80%")
		s.pactl("set-source-volume", "headset", "20%")
		s.awaitVolume("headset", "80%")

		s.post("/v1/device", map[string]string{"device": soundserver.FakeMic})
		s.await(giveUp, "medium without it", func(st daemon.Status) bool { return st.Strength == "medium" })
	})
}

// pactl controls the stage's server as a mixer does.
func (s *stage) pactl(args ...string) string {
	s.t.Helper()
	cmd := exec.Command("pactl", args...)
	cmd.Env = append(s.Env(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("pactl %q: %v: %s", args, err, out)
	}
	return string(out)
}

// volume is what a mixer shows for a microphone, "80%".
func (s *stage) volume(source string) string {
	s.t.Helper()
	return regexp.MustCompile(`\d+%`).FindString(s.pactl("get-source-volume", source))
}

// awaitVolume waits until the volume is as wanted.
func (s *stage) awaitVolume(source, want string) {
	s.t.Helper()
	var is string
	for end := time.Now().Add(giveUp); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if is = s.volume(source); is == want {
			return
		}
	}
	s.t.Fatalf("the volume of %s is %s, want %s", source, is, want)
}
