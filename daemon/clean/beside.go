package clean

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/stillmic/stillmic/audioio/printable"
)

// pending is an output that is written beside its place and put there when it
// is complete, so that no interruption leaves half a file. What is no file, a
// device or a pipe, is written directly: it must not be replaced.
type pending struct {
	file    *os.File
	target  string
	direct  bool
	replace bool // what is in its place may be replaced
	backup  bool // and is kept under another name
}

// beside begins an output; replace says whether it may take the place of a file.
// "-" is the standard output.
func beside(out string, replace, backup bool) (*pending, error) {
	if out == "-" {
		return &pending{file: os.Stdout, target: out, direct: true}, nil
	}
	out, err := target(out)
	if err != nil {
		return nil, err
	}
	switch st, err := os.Lstat(out); {
	case err != nil: // a new file
	case st.IsDir():
		return nil, fmt.Errorf("cannot write %s: it is a folder; name a file", printable.Text(out))
	case st.Mode().IsRegular() && !replace, st.Mode()&fs.ModeSymlink != 0 && !replace:
		return nil, cannot("write", out, errExists)
	case !st.Mode().IsRegular() && st.Mode()&fs.ModeSymlink == 0:
		f, err := os.OpenFile(out, os.O_WRONLY, 0)
		if err != nil {
			return nil, cannot("write", out, err)
		}
		return &pending{file: f, target: out, direct: true}, nil
	}
	// The ending stays last: it tells ffmpeg what to write.
	f, err := createTemp(filepath.Dir(out), filepath.Base(out), ".tmp"+filepath.Ext(out))
	if err != nil {
		return nil, cannot("write", out, err)
	}
	return &pending{file: f, target: out, replace: replace, backup: backup}, nil
}

// target follows links, so that a link to the output stays one.
func target(out string) (string, error) {
	path, err := filepath.EvalSymlinks(out)
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return out, cannot("write", out, err)
	}
	return path, nil
}

// commit puts the output in its place, with the permissions of the recording
// rather than those of a temporary file.
func (p *pending) commit(in string) error {
	if p.direct {
		return p.close()
	}
	mode := fs.FileMode(0o644)
	if st, err := os.Stat(in); err == nil {
		mode = st.Mode().Perm() | 0o200
	}
	err := p.file.Chmod(mode)
	if err == nil {
		err = p.file.Sync()
	}
	if err == nil {
		markResult(p.file)
	}
	if err := errors.Join(err, p.close()); err != nil {
		return errors.Join(err, os.Remove(p.file.Name()))
	}
	if err := p.place(); err != nil {
		return errors.Join(err, os.Remove(p.file.Name()))
	}
	return nil
}

// place gives the complete file its name. Another one that has come to be there since
// stays.
func (p *pending) place() error {
	if !p.replace {
		if err := renameNew(p.file.Name(), p.target); err != nil {
			return cannot("write", p.target, err)
		}
		return nil
	}
	restore := func() error { return nil }
	if p.backup {
		var err error
		if restore, err = keep(p.target, backupName(p.target)); err != nil {
			return err
		}
	}
	if err := os.Rename(p.file.Name(), p.target); err != nil {
		return errors.Join(cannot("write", p.target, err), restore())
	}
	return nil
}

// keep gives a file a second name, or that name alone where file systems know no
// second ones. restore undoes it.
func keep(path, backup string) (restore func() error, err error) {
	err = os.Link(path, backup)
	restore = func() error { return os.Remove(backup) }
	if err != nil && !errors.Is(err, fs.ErrExist) {
		err = renameNew(path, backup)
		restore = func() error { return os.Rename(backup, path) }
	}
	if errors.Is(err, fs.ErrExist) {
		err = errExists
	}
	if err != nil {
		return nil, cannot("write", backup, err)
	}
	return restore, nil
}

// renameNew renames a file unless there is one of the new name: errExists.
func renameNew(from, to string) error {
	err := renameNoReplace(from, to)
	if errors.Is(err, errors.ErrUnsupported) {
		if _, there := os.Lstat(to); there == nil {
			return errExists
		}
		err = os.Rename(from, to)
	}
	if errors.Is(err, fs.ErrExist) {
		return errExists
	}
	return err
}

func (p *pending) close() error {
	if p.target == "-" {
		return nil
	}
	if err := p.file.Close(); err != nil {
		return cannot("write", p.target, err)
	}
	return nil
}

// abort leaves no trace of the output.
func (p *pending) abort() error {
	if p.target == "-" {
		return nil
	}
	err := p.file.Close()
	if !p.direct {
		err = errors.Join(err, os.Remove(p.file.Name()))
	}
	return err
}
