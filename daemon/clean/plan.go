package clean

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stillmic/stillmic/audioio"
)

// PlanOptions say where outputs go.
type PlanOptions struct {
	InPlace      bool   // every recording is replaced, there is no output
	SkipExisting bool   // what has an output is not cleaned again
	Residue      string // a file, or a folder for several recordings
	Picture      string // likewise
}

// Batch is what Plan finds.
type Batch struct {
	Jobs    []Job
	Skipped []Job // left out, as their outputs are there
	Others  int   // files of folders that are no recordings by their names
}

// Plan finds all recordings that inputs name (files, folders, patterns, or "-")
// and decides where each goes: to out, or into the folder out where there are
// several, a folder among them, or out is one. Folders keep their tree. What cannot
// be found is a job that fails. An error is one of usage.
func Plan(inputs []string, out string, o PlanOptions) (b Batch, err error) {
	p := &planner{out: out, o: o}
	for _, in := range inputs {
		p.add(in, len(inputs) > 1)
	}
	b.Others = p.others
	if b.Jobs, err = p.place(); err != nil {
		return b, err
	}
	if err := checkOutputs(b.Jobs, o.InPlace); err != nil {
		return b, err
	}
	if o.SkipExisting && !o.InPlace {
		b.Jobs, b.Skipped = split(b.Jobs)
	}
	return b, nil
}

// split parts jobs into those to do and those whose outputs are all there.
func split(jobs []Job) (todo, done []Job) {
	for _, j := range jobs {
		missing := j.err != nil
		for _, out := range j.outputs() {
			if out == "" {
				continue
			}
			_, err := os.Stat(out)
			missing = missing || err != nil || out == "-"
		}
		if missing {
			todo = append(todo, j)
		} else {
			done = append(done, j)
		}
	}
	return todo, done
}

// found is a recording and its place below the output folder, or why it is none.
type found struct {
	path, place string
	err         error
}

type planner struct {
	out    string
	o      PlanOptions
	found  []found
	others int
	many   bool // outputs go into folders
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
	p.many = true
	paths, err := filepath.Glob(pattern)
	if err != nil {
		p.fail(pattern, fmt.Errorf("%s: %w", pattern, err))
		return
	}
	before := len(p.found)
	for _, path := range paths {
		if st, err := os.Stat(path); err == nil && !st.IsDir() {
			p.found = append(p.found, found{path: path, place: filepath.Base(path)})
		}
	}
	if len(p.found) == before {
		p.fail(pattern, fmt.Errorf("no file matches %s", pattern))
	}
}

// walk adds the recordings of a folder, by their names' endings. Hidden files and
// the outputs of an earlier run are none.
func (p *planner) walk(root, place string) {
	before := len(p.found)
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
		if !slices.Contains(audioio.Extensions, strings.ToLower(filepath.Ext(path))) {
			p.others++
			return nil
		}
		if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() {
			return nil // a link to nowhere, a pipe
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
	} else if len(p.found) == before {
		p.fail(root, fmt.Errorf("no recording is in %s", root))
	}
}

// isOut says whether a folder is one of those written to.
func (p *planner) isOut(path string) bool {
	a, err := os.Stat(path)
	if err != nil {
		return false
	}
	for _, out := range []string{p.out, p.o.Residue, p.o.Picture} {
		if b, err := os.Stat(out); out != "" && err == nil && os.SameFile(a, b) {
			return true
		}
	}
	return false
}

// place makes jobs of what was found.
func (p *planner) place() (jobs []Job, err error) {
	st, err := os.Stat(p.out)
	p.many = p.many || err == nil && st.IsDir() || strings.HasSuffix(p.out, string(filepath.Separator))
	if p.out == "-" && p.many {
		return nil, errors.New("several recordings cannot go to the standard output; name a folder")
	}
	taken := map[string]string{} // output: input
	for _, f := range p.found {
		j := p.job(f)
		if j.err != nil {
			jobs = append(jobs, j)
			continue
		}
		if j.Out == "-" && p.o.InPlace {
			return nil, errors.New("the standard input cannot be replaced in place")
		}
		place := realPath(j.Out)
		if other, ok := taken[place]; ok && other != j.In && !p.o.InPlace {
			return nil, fmt.Errorf("%s and %s would both become %s; clean them one after the other", other, j.In, j.Out)
		} else if ok {
			continue // named twice
		}
		taken[place] = j.In
		jobs = append(jobs, j)
	}
	return jobs, nil
}

// job says where a recording goes.
func (p *planner) job(f found) Job {
	j := Job{In: f.path, Out: p.out, Residue: p.o.Residue, Picture: p.o.Picture, mkdir: p.many, err: f.err}
	if p.many {
		j.Out = filepath.Join(p.out, f.place)
		if p.o.Residue != "" {
			j.Residue = filepath.Join(p.o.Residue, f.place)
		}
		if p.o.Picture != "" {
			j.Picture = filepath.Join(p.o.Picture, f.place+".png")
		}
	}
	if p.o.InPlace {
		j.Out = f.path
	}
	return j
}
