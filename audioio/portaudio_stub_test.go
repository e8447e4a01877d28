//go:build !portaudio

package audioio_test

import (
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio"
)

func TestWithoutPortAudio(t *testing.T) {
	_, err := audioio.OpenPortAudio()
	if err == nil || !strings.Contains(err.Error(), "-tags portaudio") {
		t.Errorf("error %v; want one that says how to build it in", err)
	}
}
