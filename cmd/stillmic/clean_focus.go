package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/pflag"

	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/daemon/enrol"
	"github.com/stillmic/stillmic/model/voiceprint"
)

// What --focus may be.
const (
	focusOff  = "off"
	focusNear = "near"
	focusMe   = "me"
)

// addFocus adds the flags that have one voice kept alone.
func (f *cleanFlags) addFocus(flags *pflag.FlagSet) {
	flags.StringVar(&f.focus, "focus", focusOff,
		"whose voice stays: off for everybody's, near for those near the microphone, me for the one of \"stillmic voiceprint\" alone")
	flags.StringVar(&f.print, "voice-print", "", "with --focus me, the `file` of the voice that stays (default: your own)")
}

// focusOn sets what lowers other voices, where a preset has not.
func (f *cleanFlags) focusOn(o *recording.ProcessorOptions) (err error) {
	switch {
	case f.focus != focusOff && f.focus != focusNear && f.focus != focusMe:
		return usageError{fmt.Errorf("--focus: invalid value %q: use %s, %s or %s", f.focus, focusOff, focusNear, focusMe)}
	case f.focus != focusMe && f.print != "":
		return usageError{errors.New("--voice-print: say --focus me, too")}
	case f.focus != focusOff && f.plan.Residual != "":
		return usageError{errors.New("--focus and --residual: choose one, other voices are no noise")}
	case o.Near && f.plan.Residual != "":
		return usageError{fmt.Errorf("--residual: the preset %s lowers other voices, which are no noise; say --focus off, too", f.preset)}
	}
	o.Near = o.Near || f.focus == focusNear
	if f.focus == focusMe {
		o.Voice, err = f.keptVoice()
	}
	return err
}

// keptVoice is the print of the voice that stays alone.
func (f *cleanFlags) keptVoice() (*voiceprint.Print, error) {
	path, err := printPath(f.print)
	if err != nil {
		return nil, err
	}
	p, err := enrol.Read(path)
	if f.print != "" && errors.Is(err, enrol.ErrNone) {
		return nil, fmt.Errorf("--voice-print: %s: %w; make it: stillmic voiceprint enroll --from FILE --out %[1]s",
			printable.Text(path), fs.ErrNotExist)
	}
	return p, err
}
