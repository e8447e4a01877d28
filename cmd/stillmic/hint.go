package main

import (
	"errors"

	"github.com/stillmic/stillmic/audioio"
)

// hint says what to do about an error whose own words do not.
func hint(err error) string {
	if !errors.Is(err, audioio.ErrNoServer) {
		return ""
	}
	const start = "; start PulseAudio or PipeWire (pipewire-pulse)"
	if w := (waitable{}); errors.As(err, &w) {
		return start + ", or use --wait to wait for it"
	}
	return start
}

// waitable is the error of a command that has --wait.
type waitable struct{ error }

func (w waitable) Unwrap() error { return w.error }
