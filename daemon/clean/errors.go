package clean

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/audioio/recording"
)

// errExists: what is to be written is there already.
var errExists = errors.New("it exists; add --overwrite to replace it")

// ErrNotBegun: the program was stopped before it came to a recording.
var ErrNotBegun = errors.New("stopped before it was begun")

// fileError is an error that names the file it is about.
type fileError struct {
	verb, path string
	err        error
}

func (e *fileError) Error() string {
	return fmt.Sprintf("cannot %s %s: %v", e.verb, printable.Text(e.path), e.err)
}
func (e *fileError) Unwrap() error { return e.err }

// noFolder is the error of a file whose folder is not there.
type noFolder struct {
	folder string
	err    error
}

func (e *noFolder) Error() string {
	return fmt.Sprintf("there is no folder %s; make it first", printable.Text(e.folder))
}
func (e *noFolder) Unwrap() error { return e.err }

// interrupted is the end of a recording that was not finished, and why.
type interrupted struct {
	in  string
	err error
}

func (e interrupted) Error() string { return printable.Text(e.in) + ": stopped, nothing was written" }
func (e interrupted) Unwrap() error { return e.err }

// fault is a mistake of this program that one recording brought out. It ends that
// recording's job and no other.
type fault struct {
	in    string
	place string // in the source: file.go:line
}

func (f *fault) Error() string {
	return fmt.Sprintf("cannot clean %s: a mistake in stillmic itself (%s); please report it, with the recording if you may",
		printable.Text(f.in), f.place)
}

// faultIn returns what to say of a panic over a recording. It is called while that is
// recovered from, when the stack still holds it.
func faultIn(in string) *fault {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs[:])])
	f, panicked := &fault{in: in, place: "unknown place"}, false
	for {
		frame, more := frames.Next()
		system := strings.HasPrefix(frame.Function, "runtime.")
		if panicked && !system {
			f.place = fmt.Sprintf("%s:%d", filepath.Base(frame.File), frame.Line)
			return f
		}
		if panicked = panicked || system && strings.HasSuffix(frame.Function, "panic"); !more {
			return f
		}
	}
}

// cannot says that a file cannot be read or written.
func cannot(verb, path string, err error) error { return &fileError{verb, path, cause(err)} }

// named puts the recording before an error, unless that names a file already.
func named(in string, err error) error {
	if file := (*fileError)(nil); errors.As(err, &file) {
		return err
	}
	return fmt.Errorf("cannot clean %s: %w%s", printable.Text(in), err, hint(err))
}

// safe returns an error that may name a recording with that name made printable.
func safe(in string, err error) error {
	if printable.Text(in) == in {
		return err
	}
	return &safeError{err, strings.ReplaceAll(err.Error(), in, printable.Text(in))}
}

type safeError struct {
	error
	text string
}

func (e *safeError) Error() string { return e.text }
func (e *safeError) Unwrap() error { return e.error }

// hint says what to do about a recording that cannot be read.
func hint(err error) string {
	if errors.Is(err, pcm.ErrEmptyFile) || errors.Is(err, recording.ErrNoSamples) {
		return "; there is nothing to clean"
	}
	return ""
}

// cause drops the operation and the path that the system's errors begin with.
func cause(err error) error {
	if errors.Is(err, fs.ErrExist) {
		return errExists
	}
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	if l, ok := errors.AsType[*os.LinkError](err); ok {
		return l.Err
	}
	return err
}
