package clean

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/internal/printable"
)

// found is a recording and its place below the output folder, or why it is none.
type found struct {
	path, place string
	err         error
}

type planner struct {
	out     string
	o       PlanOptions
	found   []found
	others  int
	results []string // left out
	many    bool     // outputs go into folders
}

// fail notes what cannot be cleaned; the others can.
func (p *planner) fail(path string, err error) {
	p.found = append(p.found, found{path: path, place: filepath.Base(path), err: err})
}

// add finds what one argument names.
func (p *planner) add(in string, several bool) {
	p.many = p.many || several
	if in == "-" {
		p.found = append(p.found, found{path: "-", place: "stdin.wav"})
		return
	}
	st, err := os.Stat(in)
	switch {
	case err == nil && st.IsDir():
		p.many = true
		place := ""
		if several {
			place = filepath.Base(filepath.Clean(in))
		}
		p.walk(in, place)
	case err == nil:
		p.found = append(p.found, found{path: in, place: filepath.Base(in)})
	case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(in, "*?["):
		p.glob(in)
	default:
		p.fail(in, cannot("read", in, err))
	}
}

// glob adds the files that match a pattern.
func (p *planner) glob(pattern string) {
	paths, err := filepath.Glob(pattern)
	p.many = p.many || len(paths) > 0 || strings.ContainsAny(pattern, "*?") // "[1].wav" is a name
	if err != nil {                                                         // no pattern, then
		p.fail(pattern, cannot("read", pattern, fs.ErrNotExist))
		return
	}
	before := len(p.found)
	for _, path := range paths {
		if st, err := os.Stat(path); err == nil && !st.IsDir() {
			p.found = append(p.found, found{path: path, place: filepath.Base(path)})
		}
	}
	if len(p.found) == before {
		p.fail(pattern, fmt.Errorf("no file matches %s", printable.Text(pattern)))
	}
}

// walk adds the recordings of a folder, by their names' endings. Hidden files are none,
// and results of earlier runs are left out.
func (p *planner) walk(root, place string) {
	before := len(p.found) + len(p.results)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			p.fail(path, cannot("read", path, err))
			return nil
		}
		hidden := path != root && strings.HasPrefix(d.Name(), ".")
		if d.IsDir() {
			if hidden || path != root && p.isOut(path) {
				return fs.SkipDir
			}
			return nil
		}
		if hidden {
			return nil
		}
		if !slices.Contains(recording.Extensions, strings.ToLower(filepath.Ext(path))) {
			p.others++
			return nil
		}
		if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() {
			return nil // a link to nowhere, a pipe
		}
		if isResult(path) {
			p.results = append(p.results, path)
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		p.found = append(p.found, found{path: path, place: filepath.Join(place, rel)})
		return nil
	})
	if err != nil {
		p.fail(root, cannot("read", root, err))
	} else if len(p.found)+len(p.results) == before {
		p.fail(root, fmt.Errorf("no recording is in %s", printable.Text(root)))
	}
}

// isOut says whether a folder is one of those written to.
func (p *planner) isOut(path string) bool {
	a, err := os.Stat(path)
	if err != nil {
		return false
	}
	for _, out := range []string{p.out, p.o.Residual, p.o.Picture} {
		if b, err := os.Stat(out); out != "" && err == nil && os.SameFile(a, b) {
			return true
		}
	}
	return false
}
