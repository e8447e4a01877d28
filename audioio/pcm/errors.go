package pcm

import (
	"errors"
	"fmt"
	"io"
)

// What can be wrong with a recording, to be compared with errors.Is.
var (
	// ErrEmptyFile: there is not a single byte.
	ErrEmptyFile = errors.New("file is empty")

	// ErrTruncated: the file ends before what its header promises. What is
	// there was delivered before this error, so it may be taken as a warning.
	ErrTruncated = errors.New("file is truncated")

	// ErrDamaged: a compressed file holds something that cannot be decoded. What
	// lies before it was delivered.
	ErrDamaged = errors.New("file is damaged")

	// ErrBadFormat: a header that is damaged, samples of a kind that cannot be read, or
	// a rate or number of channels that no file of the kind can have.
	ErrBadFormat = errors.New("unsupported sample format")

	// ErrUnsupported: a recording of a format that is not read here.
	ErrUnsupported = errors.New("unsupported format")
)

// IsEnd reports whether err is the end of a file, complete or truncated: all that
// was there has been read.
func IsEnd(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, ErrTruncated) }

// Guard turns a panic of a decoder over damaged data into ErrDamaged. The panic's
// text is for programmers and is left out.
func Guard(f func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = ErrDamaged
		}
	}()
	return f()
}

// WrapDecodeError names the place and sorts a decoder's complaint, on one line: what
// it returns is ErrTruncated or ErrDamaged.
func WrapDecodeError(where string, err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: it ends within %s", ErrTruncated, where)
	case errors.Is(err, ErrDamaged):
		return fmt.Errorf("read %s: %w", where, err)
	}
	// Libraries put the place in their code into the message, and line ends.
	return fmt.Errorf("%w: %s cannot be decoded", ErrDamaged, where)
}
