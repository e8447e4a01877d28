package device

import (
	"errors"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio"
)

// Without a cable for it the speaker says what to do.
func TestSpeakerNeedsCable(t *testing.T) {
	if _, err := (PortAudio{}).OpenSpeaker(t.Context()); !errors.Is(err, audioio.ErrNoCable) || !strings.Contains(err.Error(), "speaker.cable") {
		t.Errorf("%v, want ErrNoCable and speaker.cable", err)
	}
}
