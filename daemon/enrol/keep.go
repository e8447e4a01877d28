package enrol

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/stillmic/stillmic/audioio/atomicfile"
	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/daemon/paths"
	"github.com/stillmic/stillmic/model/voiceprint"
)

// ErrNone: there is no print.
var ErrNone = errors.New("no voice is enrolled; enrol yours: stillmic voiceprint enroll")

// Path is where the print of the user's own voice lies.
func Path() (string, error) {
	dir, err := paths.DataDir()
	return filepath.Join(dir, "voiceprint.json"), err
}

// Writable returns why a print cannot be put at path, nil if it can: replace allows it to take the
// place of another file. Where that is not allowed, the error is one of fs.ErrExist.
func Writable(path string, replace bool) error {
	switch st, err := os.Stat(path); {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case err == nil && !st.Mode().IsRegular():
		return fmt.Errorf("%s is no file", printable.Text(path))
	}
	if _, err := os.Lstat(path); err == nil && !replace {
		return fmt.Errorf("%s: %w", printable.Text(path), fs.ErrExist)
	}
	return nil
}

// Write puts a print into a file that only the user can read, and makes the folder for it. Its
// error is that of Writable, or one of writing.
func Write(path string, p *voiceprint.Print, replace bool) (err error) {
	if err := Writable(path, replace); err != nil {
		return err
	}
	data, err := p.Marshal()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("cannot write the voice print: %w", err)
		}
	}()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if replace {
		return atomicfile.WriteFile(path, data, 0o600)
	}
	f, err := atomicfile.Create(path, false) // with mode 0600
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Discard())
	}
	return f.Commit()
}

// mostBytes is far above the length of a print's file.
const mostBytes = 64 << 10

// Read returns the print in a file. Its error is ErrNone if the file is not there, and names what to do. A pipe
// is not waited for: it is no print.
func Read(path string) (*voiceprint.Print, error) {
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	if err == nil && !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", printable.Text(path), voiceprint.ErrNoPrint)
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("%s: %w; make it yours to read: chmod u+r, or enrol the voice again: stillmic voiceprint enroll",
			printable.Text(path), fs.ErrPermission)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, mostBytes)) // a recording instead is none of what is longer
	if err != nil {
		return nil, err
	}
	p, err := voiceprint.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", printable.Text(path), err)
	}
	return p, nil
}
