package clean

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/stillmic/stillmic/audioio/atomicfile"
	"github.com/stillmic/stillmic/audioio/printable"
)

// fileSet holds files that jobs read or write, known under whatever name.
type fileSet struct {
	paths map[string]bool
	there map[likeness][]os.FileInfo // those that are there; links have several paths
}

// likeness is what the same file has in common with itself, to find it fast.
type likeness struct {
	size int64
	at   time.Time
}

func newFileSet() *fileSet { return &fileSet{map[string]bool{}, map[likeness][]os.FileInfo{}} }

// add adds a file, and reports whether it was in the set. std is what "-" stands for.
func (s *fileSet) add(path string, std *os.File) (again bool) {
	again = s.has(path, std)
	s.paths[placeOf(path, std)] = true
	if st, err := stat(path, std); err == nil {
		key := likeness{st.Size(), st.ModTime()}
		s.there[key] = append(s.there[key], st)
	}
	return again
}

// has reports whether a file is in the set. Any number of outputs may go to nowhere.
func (s *fileSet) has(path string, std *os.File) bool {
	name := placeOf(path, std)
	if name == os.DevNull {
		return false
	}
	if s.paths[name] {
		return true
	}
	st, err := stat(path, std)
	return err == nil && slices.ContainsFunc(s.there[likeness{st.Size(), st.ModTime()}],
		func(other os.FileInfo) bool { return os.SameFile(st, other) })
}

func stat(path string, std *os.File) (os.FileInfo, error) {
	if path == "-" {
		return std.Stat()
	}
	return os.Stat(path)
}

// placeOf is a file's path, whatever it was called.
func placeOf(path string, std *os.File) string {
	if path == "-" {
		return std.Name()
	}
	return realPath(path)
}

// realPath follows links as far as there is something.
func realPath(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if p, err := filepath.EvalSymlinks(abs); err == nil {
		return p
	}
	abs = atomicfile.Target(abs) // of a link to nothing
	if dir := filepath.Dir(abs); dir != abs {
		return filepath.Join(realPath(dir), filepath.Base(abs))
	}
	return abs
}

// checkOutputs refuses to write over a recording or over another output. In place,
// only the result may be where its recording is.
func checkOutputs(jobs []Job, inPlace bool) error {
	inputs, outputs := newFileSet(), newFileSet()
	for _, j := range jobs {
		// A terminal or a pipe may well be read and written.
		for _, in := range []string{j.In, j.FarEnd} {
			if st, err := stat(in, os.Stdin); err == nil && st.Mode().IsRegular() {
				inputs.add(in, os.Stdin)
			}
		}
	}
	for _, j := range jobs {
		for i, out := range j.outputs() {
			own := i == 0 && inPlace
			switch {
			case out == "":
			case outputs.add(out, os.Stdout) && !own:
				return fmt.Errorf("cannot write %s: it is to hold another result already; name another file", printable.Text(out))
			case inputs.has(out, os.Stdout) && !own:
				return fmt.Errorf("cannot write %s: it is the recording itself; name another file, or use --in-place to "+
					"replace it", printable.Text(out))
			}
		}
	}
	return nil
}
