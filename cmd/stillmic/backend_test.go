package main

import (
	"strings"
	"testing"

	"github.com/stillmic/stillmic/daemon/config"
)

// The first lines of "stillmic run" name a microphone that programs list: with PortAudio there is
// none of our own, but the cable's.
func TestMicrophoneToChoose(t *testing.T) {
	cfg := config.Default()
	cfg.Output.Description = "Quiet Desk"
	for backend, want := range map[string]string{"pulse": "Quiet Desk", "portaudio": "CABLE Output"} {
		cfg.Audio.Backend = backend
		if got := toChoose(cfg); !strings.Contains(got, want) {
			t.Errorf("%s: choose %q, want %q", backend, got, want)
		}
	}
}
