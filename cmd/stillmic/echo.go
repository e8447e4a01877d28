package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/farend"
)

func newEcho() *cobra.Command {
	return setting{
		use: "echo [auto|on|off]", short: "Keep what loudspeakers play out of the microphone",
		long: `Echo takes off the microphone what your loudspeakers play, so that callers do not
hear themselves. Auto does so while loudspeakers play, and leaves the microphone
alone with headphones and where the sound server cancels the echo already. On does so
whatever plays. It holds after a restart. Exit code 3: Stillmic is not running.`,
		candidates: words("auto", "on", "off"),
		set: func(ctx context.Context, c *control.Client, value string) (control.Status, error) {
			var mode control.EchoMode
			if err := mode.UnmarshalText([]byte(value)); err != nil {
				return control.Status{}, usageError{err}
			}
			return c.SetEcho(ctx, mode)
		},
		show: func(w io.Writer, s control.Status) { fmt.Fprintln(w, echoText(s.Echo)) },
		json: func(s control.Status) any { return map[string]any{"echo": s.Echo} },
	}.command()
}

// echoText says what becomes of the echo.
func echoText(e control.Echo) string {
	text := string(e.Mode)
	switch e.State {
	case farend.Unused:
		return text
	case farend.Working:
		text += fmt.Sprintf(": %.0f dB of %s taken off", e.RemovedDB, printable.Text(e.Output))
	case farend.Waiting:
		text += fmt.Sprintf(": %s plays nothing", printable.Text(e.Output))
	case farend.Elsewhere:
		text += ": the sound server cancels it already"
	case farend.Headphones:
		text += ": nothing to do, with headphones"
	default:
		text += ": " + string(e.State)
	}
	return text
}
