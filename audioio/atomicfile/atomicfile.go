// Package atomicfile writes files that are complete or not there: under a temporary name
// beside their place, which they get at the end.
//
// It differs from google/renameio in what recordings need: a file that has come to be
// there meanwhile is kept unless it may be replaced; the temporary name keeps the ending,
// by which ffmpeg knows the format; what a killed program leaves is known by its name and
// a lock, and removed by the next; and it works on Windows.
package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// File is a file that is being written. It ends with Commit or Discard.
type File struct {
	*os.File
	path    string
	replace bool
}

// Create begins the file path, with mode 0600. Unless replace is true, Commit does not put
// it in the place of another. A link that may be replaced stays one: the file goes where it
// leads, be there something or not.
func Create(path string, replace bool) (*File, error) {
	if replace {
		path = Target(path)
	}
	// The ending stays last: it tells ffmpeg what to write.
	f, err := Temp(filepath.Dir(path), filepath.Base(path), ".tmp"+filepath.Ext(path))
	if err != nil {
		return nil, err
	}
	return &File{f, path, replace}, nil
}

// Commit writes the file to the disk and puts it in its place, so that a power cut leaves
// what was there or what is new. After an error nothing of the file is left; it is one of
// fs.ErrExist if there is a file that must not be replaced.
func (f *File) Commit() error {
	err := errors.Join(f.Sync(), f.Close())
	if err == nil && f.replace {
		err = os.Rename(f.Name(), f.path)
	} else if err == nil {
		err = RenameNew(f.Name(), f.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// Discard leaves nothing of the file.
func (f *File) Discard() error { return errors.Join(f.Close(), os.Remove(f.Name())) }

// WriteFile replaces a file as a whole, or makes it, with the mode perm.
func WriteFile(path string, content []byte, perm fs.FileMode) error {
	new(Sweeper).Sweep(path)
	f, err := Create(path, true)
	if err != nil {
		return err
	}
	if _, err = f.Write(content); err == nil {
		err = f.Chmod(perm)
	}
	if err != nil {
		return errors.Join(err, f.Discard())
	}
	return f.Commit()
}

// RenameNew renames a file unless there is one of the new name, whose error is
// fs.ErrExist.
func RenameNew(from, to string) error {
	err := renameNoReplace(from, to)
	if errors.Is(err, errors.ErrUnsupported) {
		if _, there := os.Lstat(to); there == nil {
			return &os.LinkError{Op: "rename", Old: from, New: to, Err: fs.ErrExist}
		}
		err = os.Rename(from, to)
	}
	return err
}
