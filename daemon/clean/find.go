package clean

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/audioio/recording"
)

// found is a recording and its place below the output folder, or why it is none.
type found struct {
	path, place string
	format      bool // the place is that of another format, as its own is only read
	err         error
}

// foundAt is a recording whose result has a place, but for the name's end where its
// format is only read.
func foundAt(path, place string) found {
	ext := filepath.Ext(path)
	result := recording.ResultExt(ext)
	if result == "" || result == ext {
		return found{path: path, place: place}
	}
	return found{path: path, place: strings.TrimSuffix(place, ext) + result, format: true}
}

type planner struct {
	out     string
	o       PlanOptions
	found   []found
	others  []string
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
		p.found = append(p.found, foundAt(in, filepath.Base(in)))
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
			p.found = append(p.found, foundAt(path, filepath.Base(path)))
		}
	}
	if len(p.found) == before {
		p.fail(pattern, fmt.Errorf("no file matches %s", printable.Text(pattern)))
	}
}

// walk adds the recordings of a folder, by their names' endings, and of the folders in
// it. Links are followed. Hidden files are none, and results of earlier runs are left out.
func (p *planner) walk(root, place string) {
	before := len(p.found) + len(p.results)
	w := walk{planner: p, seen: map[string]bool{}}
	w.folder(root, place)
	if len(p.found)+len(p.results) > before {
		return
	}
	if err := fmt.Errorf("no recording is in %s", printable.Text(root)); len(w.others) > 0 {
		p.fail(root, fmt.Errorf("%w, only %s", err, printable.List(w.others)))
	} else {
		p.fail(root, err)
	}
}

// walk is a way through a folder.
type walk struct {
	*planner
	seen   map[string]bool // folders, by their real paths: links may lead in a circle
	others []string
}

// folder adds what is in a folder; its place is below the output folder.
func (w *walk) folder(path, place string) {
	resolved := realPath(path)
	if w.seen[resolved] {
		return
	}
	w.seen[resolved] = true
	list, err := os.ReadDir(path)
	if err != nil {
		w.fail(path, cannot("read", path, err))
		return
	}
	for _, e := range list {
		if !strings.HasPrefix(e.Name(), ".") { // hidden
			w.entry(filepath.Join(path, e.Name()), filepath.Join(place, e.Name()))
		}
	}
}

// entry adds one of a folder.
func (w *walk) entry(path, place string) {
	st, err := os.Stat(path)
	switch {
	case err == nil && st.IsDir():
		if !w.isOut(path) {
			w.folder(path, place)
		}
	case err != nil, !st.Mode().IsRegular(), recording.ResultExt(filepath.Ext(path)) == "": // a link to nowhere, a pipe
		w.planner.others = append(w.planner.others, path)
		w.others = append(w.others, path)
	case isResult(path):
		w.results = append(w.results, path)
	default:
		w.found = append(w.found, foundAt(path, place))
	}
}

// isOut reports whether a folder is one of those written to.
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
