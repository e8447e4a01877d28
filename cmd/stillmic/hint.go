package main

import (
	"errors"

	"github.com/stillmic/stillmic/audioio"
)

// hint says what to do about an error whose own words do not.
func hint(err error) string {
	if errors.Is(err, audioio.ErrNoServer) {
		return "; start PulseAudio or PipeWire (pipewire-pulse), or use --wait to wait for it"
	}
	return ""
}
