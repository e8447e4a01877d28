package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/focus"
)

func newFocus() *cobra.Command {
	return setting{
		use: "focus [off|near|me]", short: "Keep other people's voices out of the microphone",
		long: `Focus lowers voices of other people. Near lowers those that are farther from the
microphone than yours. Me lowers every voice but yours, once you have enrolled it:
stillmic voiceprint enroll. With off everybody is heard: choose it where two people
share a microphone. Near and me make the delay 10 ms longer. The choice holds after a
restart. Exit code 3: Stillmic is not running.`,
		candidates: words("off", "near", "me"),
		set: func(ctx context.Context, c *control.Client, value string) (control.Status, error) {
			var mode control.FocusMode
			if err := mode.UnmarshalText([]byte(value)); err != nil {
				return control.Status{}, usageError{err}
			}
			return c.SetFocus(ctx, mode)
		},
		show: func(w io.Writer, s control.Status) { fmt.Fprintln(w, focusText(s.Focus)) },
		json: func(s control.Status) any { return map[string]any{"focus": s.Focus} },
	}.command()
}

// focusText says whose voices stay.
func focusText(f control.Focus) string {
	text := string(f.Mode)
	switch {
	case f.State == focus.Unused && f.Print:
		return text + ": everybody is heard; your voice is enrolled"
	case f.State == focus.Unused:
		return text + ": everybody is heard"
	case f.State != focus.Working:
		return text + ", not in use: " + f.Reason
	case f.Other:
		return text + ": another voice is lowered; are you two? stillmic focus off"
	case f.Mode == focus.Me:
		return text + ": every voice but yours is lowered"
	}
	return text + ": voices farther away are lowered"
}
