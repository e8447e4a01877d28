package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// tempMark is in the name of every temporary file, so that one that a killed run has left
// is known.
const tempMark = ".stillmic-"

// errLocked: somebody else has locked a file.
var errLocked = errors.New("it is in use")

// longest is how many bytes a temporary name takes from the real one, and how many
// its ending may have: with a dot, the mark, a random number of up to 10 digits and what
// says what it is, it has fewer than the 255 that file systems allow.
const longest, longestEnd = 190, 32

// tempName is the pattern of a hidden file's name that begins like another.
func tempName(base, end string) string {
	if len(base) > longest {
		base = strings.ToValidUTF8(base[:longest], "")
	}
	if len(end) > longestEnd {
		end = ".tmp" // of no recording, as will be told
	}
	return "." + strings.ReplaceAll(base, "*", "_") + tempMark + "*" + end
}

// Temp makes a file in a folder whose hidden name begins like another and has an end. It
// is locked as long as it is open: SweepFolder tells by that whether somebody still writes it.
func Temp(folder, base, end string) (*os.File, error) {
	for {
		f, err := os.CreateTemp(folder, tempName(base, end))
		if failed := (*os.PathError)(nil); errors.As(err, &failed) {
			// By the name that a person knows.
			return nil, &os.PathError{Op: "create", Path: filepath.Join(folder, base), Err: failed.Err}
		}
		if err != nil {
			return nil, err
		}
		// Before it was locked another run may have taken it for left behind.
		if locked := lock(f); !errors.Is(locked, errLocked) && isNamed(f) {
			return f, nil
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
}

// isNamed reports whether a file still has its name.
func isNamed(f *os.File) bool {
	st, err := f.Stat()
	at, gone := os.Lstat(f.Name())
	return err == nil && gone == nil && os.SameFile(st, at)
}

// SweepFolder removes the temporary files that killed programs have left in a folder. One that
// cannot be removed is left.
func SweepFolder(folder string) {
	for _, name := range temps(folder) {
		removeLeft(filepath.Join(folder, name))
	}
}

// temps returns the names of the temporary files in a folder.
func temps(folder string) (names []string) {
	list, _ := os.ReadDir(folder) // it may still have to be made
	for _, e := range list {
		if strings.HasPrefix(e.Name(), ".") && strings.Contains(e.Name(), tempMark) && e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	return names
}

// removeLeft removes a temporary file unless somebody still writes it.
func removeLeft(path string) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return
	}
	if lock(f) == nil {
		_ = os.Remove(path)
	}
	_ = f.Close()
}

// Sweeper removes what killed runs have left of single outputs, in folders that other
// machines write to at the same time: not all file systems tell one machine what another has
// locked. It lists each folder once. It is for one goroutine.
type Sweeper struct {
	folders map[string][]string // temporary files
}

// Sweep removes the temporary files of one output.
func (s *Sweeper) Sweep(out string) {
	folder, base := filepath.Dir(out), filepath.Base(out)
	names, listed := s.folders[folder]
	if !listed {
		if s.folders == nil {
			s.folders = map[string][]string{}
		}
		names = temps(folder)
		s.folders[folder] = names
	}
	begin, _, _ := strings.Cut(tempName(base, ""), "*")
	for _, name := range names {
		if strings.HasPrefix(name, begin) {
			removeLeft(filepath.Join(folder, name))
		}
	}
}
