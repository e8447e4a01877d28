package clean

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stillmic/stillmic/audioio/atomicfile"
	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/audioio/recording"
)

// Ends of names, before the suffix: talk-clean.wav is the result of talk.wav beside it,
// talk.orig.wav what talk.wav was before it was cleaned in place.
const (
	resultEnd = "-clean"
	backupEnd = ".orig"
)

// stem is a name without its suffix.
func stem(path string) string { return strings.TrimSuffix(path, filepath.Ext(path)) }

// ResultName is where the result of an only input goes that has no other place: beside
// it, in its format if that can be written, else as WAV.
func ResultName(in string) (string, error) {
	switch base := filepath.Base(filepath.Clean(in)); {
	case in == "-":
		return "", errors.New("say last where the result of the standard input goes")
	case isNew(in) && strings.ContainsAny(in, "*?["):
		return "", errors.New("say last into which folder the results go")
	case base == "." || base == ".." || base == string(filepath.Separator):
		return "", fmt.Errorf("say last into which folder the results of %s go", printable.Text(in))
	case strings.HasSuffix(stem(base), resultEnd):
		return "", fmt.Errorf("%s is a result by its name; to clean it again, say last where that goes", printable.Text(in))
	}
	if isFolder(in) {
		return filepath.Clean(in) + resultEnd, nil
	}
	ext := recording.ResultExt(filepath.Ext(in))
	if ext == "" {
		ext = ".wav"
	}
	return stem(in) + resultEnd + ext, nil
}

// backupName is where a recording is kept that is cleaned in place.
func backupName(path string) string { return stem(path) + backupEnd + filepath.Ext(path) }

// isResult reports whether a recording was made by an earlier run: it has the mark of one,
// or a name that says so and the other recording beside it. The copies that cleaning in
// place keeps go with their results.
func isResult(path string) bool {
	if hasResultMark(path) || !isNew(backupName(path)) {
		return true
	}
	name := stem(path)
	if of, ok := strings.CutSuffix(name, backupEnd); ok && !isNew(of+filepath.Ext(path)) {
		return true
	}
	of, ok := strings.CutSuffix(name, resultEnd)
	if !ok {
		return false
	}
	folder, err := os.ReadDir(filepath.Dir(path))
	return err == nil && slices.ContainsFunc(folder, func(e os.DirEntry) bool {
		return stem(e.Name()) == filepath.Base(of)
	})
}

// checkNew refuses jobs that would replace files; what is no file, a device or a pipe, is
// written to.
func checkNew(jobs []Job, o PlanOptions) error {
	var there []string
	for _, j := range jobs {
		if j.err != nil {
			continue
		}
		for i, out := range j.outputs() {
			switch {
			case out == "", out == "-":
			case i == 0 && j.inPlace:
				if path := atomicfile.Target(out); j.backup && !isNew(backupName(path)) {
					return fmt.Errorf("%s exists: %s was cleaned in place before; to clean it again, add --no-backup",
						printable.Text(backupName(path)), printable.Text(out))
				}
			case !o.Overwrite && isThere(out):
				there = append(there, out)
			}
		}
	}
	switch n := len(there); n {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("%s exists; add --overwrite to replace it, or name another file or a folder", printable.Text(there[0]))
	default:
		return fmt.Errorf("%s and %d more exist; add --overwrite to replace them, or --skip-existing to leave them out",
			printable.Text(there[0]), n-1)
	}
}

// isThere reports whether a path is that of a file, or of a link to nothing.
func isThere(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular() || err != nil && !isNew(path)
}
