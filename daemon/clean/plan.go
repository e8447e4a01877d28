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

// Plan finds all recordings that inputs name (files, folders, patterns, or "-")
// and decides where each goes: to out, or into the folder out where there are
// several, a folder among them, or out is one. Folders keep their tree. It returns
// the jobs and how many were skipped.
func Plan(inputs []string, out string, o PlanOptions) (jobs []Job, skipped int, err error) {
	p := &planner{out: out, o: o}
	for _, in := range inputs {
		if err := p.add(in, len(inputs) > 1); err != nil {
			return nil, 0, err
		}
	}
	if err := p.place(); err != nil {
		return nil, 0, err
	}
	return p.jobs, p.skipped, nil
}

// found is a recording and its place below the output folder.
type found struct{ path, place string }

type planner struct {
	out     string
	o       PlanOptions
	found   []found
	many    bool // outputs go into folders
	jobs    []Job
	skipped int
}

// add finds what one argument names.
func (p *planner) add(in string, several bool) error {
	p.many = p.many || several
	if in == "-" {
		p.found = append(p.found, found{"-", "stdin.wav"})
		return nil
	}
	st, err := os.Stat(in)
	switch {
	case err == nil && st.IsDir():
		p.many = true
		place := ""
		if several {
			place = filepath.Base(filepath.Clean(in))
		}
		return p.walk(in, place)
	case err == nil:
		p.found = append(p.found, found{in, filepath.Base(in)})
		return nil
	case several && !(errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(in, "*?[")):
		p.found = append(p.found, found{in, filepath.Base(in)}) // a job that fails does not keep the others back
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return cannot("read", in, err)
	case !strings.ContainsAny(in, "*?["):
		return cannot("read", in, err)
	}
	return p.glob(in)
}

// glob adds the files that match a pattern.
func (p *planner) glob(pattern string) error {
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return fmt.Errorf("%s: %w", pattern, err)
	}
	p.many = true
	before := len(p.found)
	for _, path := range paths {
		if st, err := os.Stat(path); err == nil && !st.IsDir() {
			p.found = append(p.found, found{path, filepath.Base(path)})
		}
	}
	if len(p.found) == before {
		return fmt.Errorf("no file matches %s", pattern)
	}
	return nil
}

// walk adds the recordings of a folder, by their names' endings. Hidden files and
// the outputs of an earlier run are none.
func (p *planner) walk(root, place string) error {
	before := len(p.found)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return cannot("read", path, err)
		}
		hidden := path != root && strings.HasPrefix(d.Name(), ".")
		if d.IsDir() {
			if hidden || p.isOut(path) {
				return fs.SkipDir
			}
			return nil
		}
		if hidden || !slices.Contains(audioio.Extensions, strings.ToLower(filepath.Ext(path))) {
			return nil
		}
		if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() {
			return nil // a link to nowhere, a pipe
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		p.found = append(p.found, found{path, filepath.Join(place, rel)})
		return nil
	})
	if err != nil {
		return err
	}
	if len(p.found) == before {
		return fmt.Errorf("no recording is in %s", root)
	}
	return nil
}

// isOut says whether a folder is one of those written to.
func (p *planner) isOut(path string) bool {
	a, err := os.Stat(path)
	if err != nil {
		return false
	}
	for _, out := range []string{p.out, p.o.Residue, p.o.Picture} {
		if b, err := os.Stat(out); out != "" && err == nil && os.SameFile(a, b) && !p.o.InPlace {
			return true
		}
	}
	return false
}

// place makes jobs of what was found.
func (p *planner) place() error {
	st, err := os.Stat(p.out)
	p.many = p.many || err == nil && st.IsDir() || strings.HasSuffix(p.out, string(filepath.Separator))
	if p.out == "-" && p.many {
		return errors.New("several recordings cannot go to the standard output; name a folder")
	}
	taken := map[string]string{} // output: input
	for _, f := range p.found {
		j := p.job(f)
		if j.Out == "-" && p.o.InPlace {
			return errors.New("the standard input cannot be replaced in place")
		}
		if other, ok := taken[j.Out]; ok && other != j.In {
			return fmt.Errorf("%s and %s would both become %s; clean them one after the other", other, j.In, j.Out)
		} else if ok {
			continue // named twice
		}
		taken[j.Out] = j.In
		if p.o.SkipExisting && !p.o.InPlace && complete(j) {
			p.skipped++
			continue
		}
		p.jobs = append(p.jobs, j)
	}
	return p.checkOutputs()
}

// complete says whether all that a job would write is there, and none of it is
// the recording itself.
func complete(j Job) bool {
	in, err := os.Stat(j.In)
	for _, out := range []string{j.Out, j.Residue, j.Picture} {
		if out == "" {
			continue
		}
		st, missing := os.Stat(out)
		if out == "-" || missing != nil || err == nil && os.SameFile(in, st) {
			return false
		}
	}
	return true
}

// job says where a recording goes.
func (p *planner) job(f found) Job {
	j := Job{In: f.path, Out: p.out, Residue: p.o.Residue, Picture: p.o.Picture, mkdir: p.many}
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

// checkOutputs refuses results that would fall on each other or on a recording,
// under whatever name.
func (p *planner) checkOutputs() error {
	inputs := make([]os.FileInfo, 0, len(p.found))
	for _, f := range p.found {
		if st, err := os.Stat(f.path); err == nil {
			inputs = append(inputs, st)
		}
	}
	taken := map[string]bool{}
	for _, j := range p.jobs {
		for i, out := range []string{j.Out, j.Residue, j.Picture} {
			if out == "" {
				continue
			}
			st, err := os.Stat(out)
			if err == nil && !st.Mode().IsRegular() {
				continue // a device, or a folder, which is refused later
			}
			at := absolute(out)
			if taken[at] {
				return fmt.Errorf("cannot write %s: it is to hold another result already; name another file", out)
			}
			taken[at] = true
			if err != nil || i == 0 && p.o.InPlace {
				continue
			}
			if slices.ContainsFunc(inputs, func(in os.FileInfo) bool { return os.SameFile(in, st) }) {
				return fmt.Errorf("cannot write %s: it is the recording itself; name another file, or use --in-place to replace it", out)
			}
		}
	}
	return nil
}

// absolute is the place of an output, links of its folder followed.
func absolute(out string) string {
	if out == "-" {
		return out
	}
	if path, err := filepath.EvalSymlinks(out); err == nil {
		out = path
	} else if dir, err := filepath.EvalSymlinks(filepath.Dir(out)); err == nil {
		out = filepath.Join(dir, filepath.Base(out))
	}
	if path, err := filepath.Abs(out); err == nil {
		return path
	}
	return out
}
