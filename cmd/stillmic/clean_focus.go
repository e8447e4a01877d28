package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/pflag"

	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/daemon/enrol"
	"github.com/stillmic/stillmic/model/voiceprint"
)

// What --focus may be.
const (
	focusOff = "off"
	focusMe  = "me"
)

// addFocus adds the flags that have one voice kept alone.
func (f *cleanFlags) addFocus(flags *pflag.FlagSet) {
	flags.StringVar(&f.focus, "focus", focusOff,
		"whose voice stays: off for everybody's, me for the one of \"stillmic voiceprint\" alone")
	flags.StringVar(&f.print, "voice-print", "", "with --focus me, the `file` of the voice that stays (default: your own)")
}

// keptVoice is the print of the voice that stays alone, nil where all do.
func (f *cleanFlags) keptVoice() (*voiceprint.Print, error) {
	switch {
	case f.focus != focusOff && f.focus != focusMe:
		return nil, usageError{fmt.Errorf("--focus: invalid value %q: use %s or %s", f.focus, focusOff, focusMe)}
	case f.focus == focusOff && f.print != "":
		return nil, usageError{errors.New("--voice-print: say --focus me, too")}
	case f.focus == focusOff:
		return nil, nil //nolint:nilnil // no print is no error
	case f.plan.Residual != "":
		return nil, usageError{errors.New("--focus and --residual: choose one, other voices are no noise")}
	}
	path, err := printPath(f.print)
	if err != nil {
		return nil, err
	}
	p, err := enrol.Read(path)
	if f.print != "" && errors.Is(err, enrol.ErrNone) {
		return nil, fmt.Errorf("--voice-print: %s: %w", printable.Text(path), fs.ErrNotExist)
	}
	return p, err
}
