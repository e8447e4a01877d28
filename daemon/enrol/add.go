package enrol

import (
	"errors"
	"fmt"
	"os"

	"github.com/stillmic/stillmic/model/voiceprint"
)

// ErrOther is the error of a print that is not of the voice that is enrolled already.
var ErrOther = errors.New("this does not sound like the voice that is enrolled; nothing was changed")

// sameVoice is how much the prints of one voice resemble each other at least: those of 76 voices and of the
// same through a telephone do by .86 and more, of other recordings of theirs by .61; of 2,835 pairs of
// voices one in ten does by .42.
const sameVoice = 0.4

// Keep puts a print where that of the user lies, together with the one that is there: it gets better
// with every enrolment, through another microphone most. fresh lets it take the place of that, and so
// does one that no version here can read. It reports whether there was one. Its error is ErrOther for
// another's voice.
func Keep(path string, p *voiceprint.Print, fresh bool) (added bool, err error) {
	if !fresh {
		there, err := Read(path)
		unusable := errors.Is(err, ErrNone) || errors.Is(err, voiceprint.ErrNoPrint) || errors.Is(err, voiceprint.ErrOtherNetwork)
		if err != nil && !unusable {
			return false, err
		}
		if err == nil {
			if there.Resembles(p) < sameVoice {
				return false, ErrOther
			}
			p, added = there.Add(p), true
		}
	}
	return added, Write(path, p, true)
}

// Delete removes the print. Its error is ErrNone if there is none.
func Delete(path string) error {
	err := os.Remove(path)
	if errors.Is(err, os.ErrNotExist) {
		return ErrNone
	}
	return err
}

// About says what may be told of the print in a file: also that there is none, or none of use.
func About(path string) (Facts, error) {
	p, err := Read(path)
	if errors.Is(err, ErrNone) {
		return Facts{}, nil
	}
	if errors.Is(err, voiceprint.ErrNoPrint) || errors.Is(err, voiceprint.ErrOtherNetwork) {
		return Facts{Problem: err.Error()}, nil
	}
	if err != nil {
		return Facts{}, fmt.Errorf("cannot read the voice print: %w", err)
	}
	st, err := os.Stat(path)
	if err != nil {
		return Facts{}, err
	}
	return Facts{Enrolled: true, Since: st.ModTime(), Seconds: rounded(float32(p.Seconds)), Times: p.Times,
		Quality: qualityOf(p)}, nil
}
