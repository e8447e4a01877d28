package clean

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/stillmic/stillmic/audioio"
)

// File cleans the recording in into the file out, of the same format or,
// if its name ends in .flac, into FLAC. The
// output is written beside and put in its place when it is complete, so that
// no interruption leaves half a file. Errors name the file and what to do.
func File(ctx context.Context, in, out string, o Options) (res Result, err error) {
	if err := checkPaths(in, out, o.InPlace); err != nil {
		return res, err
	}
	r, err := audioio.OpenRecording(in)
	if err != nil {
		return res, fmt.Errorf("cannot clean: %w%s", err, hint(err))
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if out, err = target(out); err != nil {
		return res, err
	}
	tmp, err := os.CreateTemp(filepath.Dir(out), "."+filepath.Base(out)+".*.tmp")
	if err != nil {
		return res, fmt.Errorf("cannot write %s: %w", out, cause(err))
	}
	defer func() {
		if err != nil {
			_ = tmp.Close() // closed already where it got that far
			err = errors.Join(err, os.Remove(tmp.Name()))
		}
	}()
	w, err := audioio.NewRecordingWriter(tmp, out, r.Format())
	if err != nil {
		return res, fmt.Errorf("cannot write %s: %w", out, err)
	}
	if res, err = stream(ctx, r, w, o); err != nil {
		return res, fmt.Errorf("cannot clean %s: %w%s", in, err, hint(err))
	}
	if err := w.Close(); err != nil {
		return res, fmt.Errorf("cannot write %s: %w", out, err)
	}
	res.Clipped = w.Clipped()
	return res, finish(tmp, in, out)
}

// finish puts the complete file in its place, with the permissions of the
// recording rather than those of a temporary file.
func finish(tmp *os.File, in, out string) error {
	if st, err := os.Stat(in); err == nil {
		if err := tmp.Chmod(st.Mode().Perm() | 0o200); err != nil {
			return fmt.Errorf("cannot write %s: %w", out, err)
		}
	}
	if err := tmp.Sync(); err != nil {
		return fmt.Errorf("cannot write %s: %w", out, err)
	}
	if err := tmp.Close(); err != nil {
		return fmt.Errorf("cannot write %s: %w", out, err)
	}
	if err := os.Rename(tmp.Name(), out); err != nil {
		return fmt.Errorf("cannot write %s: %w", out, cause(err))
	}
	return nil
}

// checkPaths refuses to overwrite the input, under whatever name, and folders.
func checkPaths(in, out string, inPlace bool) error {
	a, err := os.Stat(in)
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", in, cause(err))
	}
	if a.IsDir() {
		return fmt.Errorf("cannot read %s: it is a folder; name a WAV or FLAC file", in)
	}
	b, err := os.Stat(out)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("cannot write %s: %w", out, cause(err))
	case b.IsDir():
		return fmt.Errorf("cannot write %s: it is a folder; name a file", out)
	case os.SameFile(a, b) && !inPlace:
		return fmt.Errorf("cannot write %s: it is the recording itself; name another file, or use --in-place to replace it", out)
	}
	return nil
}

// target follows links, so that a link to the output stays one.
func target(out string) (string, error) {
	path, err := filepath.EvalSymlinks(out)
	if errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	if err != nil {
		return out, fmt.Errorf("cannot write %s: %w", out, cause(err))
	}
	return path, nil
}

// hint says what to do about a recording that cannot be read.
func hint(err error) string {
	switch {
	case errors.Is(err, audioio.ErrEmptyFile), errors.Is(err, errNoSamples):
		return "; there is nothing to clean"
	case errors.Is(err, audioio.ErrNotWAV):
		return "; only WAV and FLAC recordings can be cleaned, convert it first"
	}
	return ""
}

// errNoSamples: a WAV file that ends after its header.
var errNoSamples = errors.New("it holds no samples")

// cause drops the operation and the path that the system's errors begin with.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	var l *os.LinkError
	if errors.As(err, &l) {
		return l.Err
	}
	return err
}
