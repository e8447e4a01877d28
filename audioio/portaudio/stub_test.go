//go:build !portaudio

package portaudio_test

import (
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio/portaudio"
)

func TestWithoutPortAudio(t *testing.T) {
	_, err := portaudio.Open()
	if err == nil || !strings.Contains(err.Error(), "-tags portaudio") {
		t.Errorf("error %v; want one that says how to build it in", err)
	}
}
