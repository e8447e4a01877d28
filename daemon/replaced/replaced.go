// Package replaced notices that another program was installed in the place of the one that
// runs, as an upgrade does, and runs that in its own place.
package replaced

import (
	"fmt"
	"os"
	"runtime"
)

// Watch looks at the file that this process was started from. One goroutine uses it.
type Watch struct {
	path    string
	own     os.FileInfo
	changed os.FileInfo // another file, as it was seen last
}

// New returns a watch of this process's own program. It may be called before anything else
// that takes time: what is installed after it is what it notices.
func New() (*Watch, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program's own file: %w", err)
	}
	return watch(path)
}

func watch(path string) (*Watch, error) {
	own, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("find this program's own file: %w", err)
	}
	return &Watch{path: path, own: own}, nil
}

// Path is where the program was started from, and where another one may be now.
func (w *Watch) Path() string { return w.path }

// Replaced reports whether another program is there now, and has been left alone since the
// last call: what is being written is not run. A program that is gone is not replaced.
// Windows does not let the file of a running program be replaced: false there.
func (w *Watch) Replaced() bool {
	if runtime.GOOS == "windows" {
		return false
	}
	now, err := os.Stat(w.path)
	if err != nil || os.SameFile(now, w.own) || !now.Mode().IsRegular() || now.Mode().Perm()&0o111 == 0 {
		w.changed = nil
		return false
	}
	before := w.changed
	w.changed = now
	return before != nil && os.SameFile(before, now) && before.Size() == now.Size() && before.ModTime().Equal(now.ModTime())
}
