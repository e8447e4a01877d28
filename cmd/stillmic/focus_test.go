package main

import (
	"testing"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/focus"
)

// TestFocusTextFits: what "stillmic status" says of the focus has 80 columns at most, but for reasons.
func TestFocusTextFits(t *testing.T) {
	for _, f := range []control.Focus{
		{Mode: focus.Off, State: focus.Unused},
		{Mode: focus.Off, State: focus.Unused, Print: true},
		{Mode: focus.Near, State: focus.Working},
		{Mode: focus.Near, State: focus.Working, Other: true},
		{Mode: focus.Me, State: focus.Working},
	} {
		if text := "focus       " + focusText(f); len(text) > 80 {
			t.Errorf("%d columns: %s", len(text), text)
		}
	}
}
