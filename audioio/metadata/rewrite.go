package metadata

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Rewrite changes a file whose parts move: change reads all of it and writes the new one, which
// is made beside the file and then copied back, so that name and permissions stay. After an
// error of change the file is as it was.
func Rewrite(path string, change func(w io.Writer, r io.Reader) error) (err error) {
	in, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.CreateTemp(filepath.Dir(path), ".tags*")
	if err != nil {
		return err
	}
	gone := os.Remove(out.Name()) == nil
	defer func() {
		err = errors.Join(err, out.Close())
		if !gone {
			err = errors.Join(err, os.Remove(out.Name()))
		}
	}()
	w := bufio.NewWriterSize(out, 64<<10)
	if err := change(w, bufio.NewReaderSize(in, 64<<10)); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return copyBack(in, out)
}

// copyBack gives a file the contents of another.
func copyBack(to, from *os.File) error {
	if _, err := from.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := to.Seek(0, io.SeekStart); err != nil {
		return err
	}
	n, err := io.Copy(to, from)
	if err != nil {
		return err
	}
	return to.Truncate(n)
}
