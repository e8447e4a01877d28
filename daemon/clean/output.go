package clean

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/stillmic/stillmic/audioio/atomicfile"
	"github.com/stillmic/stillmic/audioio/printable"
)

// output is a file that a job writes. It is written beside its place and put there when it
// is complete, so that no interruption leaves half a file. What is no file, a device or a
// pipe, is written directly: it must not be replaced.
type output struct {
	file   *os.File
	whole  *atomicfile.File // nil: written directly
	target string
	backup bool // what is in its place is kept under another name
}

// newOutput begins an output; replace allows it to take the place of a file.
// "-" is the standard output.
func newOutput(out string, replace, backup bool) (*output, error) {
	if out == "-" {
		return &output{file: os.Stdout, target: out}, nil
	}
	switch st, err := os.Stat(out); {
	case errors.Is(err, fs.ErrNotExist): // a new file
	case err != nil:
		return nil, cannot("write", out, err)
	case st.IsDir():
		return nil, fmt.Errorf("cannot write %s: it is a folder; name a file", printable.Text(out))
	case !st.Mode().IsRegular():
		f, err := os.OpenFile(out, os.O_WRONLY, 0)
		if err != nil {
			return nil, cannot("write", out, err)
		}
		return &output{file: f, target: out}, nil
	case !replace:
		return nil, cannot("write", out, errExists)
	}
	if replace { // a link to the output stays one, even if that is not there yet
		out = atomicfile.Target(out)
	}
	f, err := atomicfile.Create(out, replace)
	if folder := filepath.Dir(out); errors.Is(err, fs.ErrNotExist) && isNew(folder) {
		return nil, &fileError{"write", out, &noFolder{folder, err}}
	}
	if err != nil {
		return nil, cannot("write", out, err)
	}
	return &output{file: f.File, whole: f, target: out, backup: backup}, nil
}

// commit puts the output in its place, with the permissions of the recording
// rather than those of a temporary file. Beside a recording that is read-only it may be written to.
func (o *output) commit(in string) error {
	if o.whole == nil {
		return o.close()
	}
	mode := fs.FileMode(0o644)
	if st, err := os.Stat(in); err == nil {
		mode = st.Mode().Perm()
		if o.target != atomicfile.Target(in) {
			mode |= 0o200
		}
	}
	if err := o.file.Chmod(mode); err != nil {
		return errors.Join(cannot("write", o.target, err), o.abort())
	}
	markResult(o.file)
	restore := func() error { return nil }
	if o.backup {
		var err error
		if restore, err = keep(o.target, backupName(o.target)); err != nil {
			return errors.Join(err, o.abort())
		}
	}
	if err := o.whole.Commit(); err != nil {
		return errors.Join(cannot("write", o.target, err), restore())
	}
	return nil
}

// keep gives a file a second name, or that name alone where file systems know no
// second ones. restore undoes it.
func keep(path, backup string) (restore func() error, err error) {
	err = os.Link(path, backup)
	restore = func() error { return os.Remove(backup) }
	if err != nil && !errors.Is(err, fs.ErrExist) {
		err = atomicfile.RenameNew(path, backup)
		restore = func() error { return os.Rename(backup, path) }
	}
	if err != nil {
		return nil, cannot("write", backup, err)
	}
	return restore, nil
}

// close closes what is written directly.
func (o *output) close() error {
	if o.target == "-" {
		return nil
	}
	if err := o.file.Close(); err != nil {
		return cannot("write", o.target, err)
	}
	return nil
}

// abort leaves no trace of the output.
func (o *output) abort() error {
	if o.whole == nil {
		return o.close()
	}
	return o.whole.Discard()
}
