package clean

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/audioio/recording"
)

// PlanOptions say where outputs go.
type PlanOptions struct {
	InPlace      bool   // every recording is replaced, there is no output
	NoBackup     bool   // and the one before is not kept
	Overwrite    bool   // outputs that are there are replaced
	SkipExisting bool   // what has an output is not cleaned again
	Residual     string // a file, or a folder for several recordings
	Picture      string // likewise
	FarEnd       string // what a loudspeaker played during the one recording, "" for nothing
}

// Batch is what Plan finds.
type Batch struct {
	Jobs    []Job
	Skipped []Job    // left out, as their outputs are there
	Others  []string // what else is in folders: no recordings by their names, pipes, links to nowhere

	// Results are files of folders that earlier runs have made.
	Results []string
}

// Plan finds all recordings that inputs name (files, folders, patterns, or "-")
// and decides where each goes: to out, or into the folder out where there are
// several, a folder among them, or out is one. Folders keep their tree. One input
// without out goes beside itself. What cannot be found is a job that fails. An error is
// one of usage: nothing that is there is replaced unless o says so.
func Plan(inputs []string, out string, o PlanOptions) (b Batch, err error) {
	if out == "" && !o.InPlace {
		if out, err = ResultName(inputs[0]); err != nil {
			return b, err
		}
	}
	p := &planner{out: out, o: o}
	for _, in := range inputs {
		p.add(in, len(inputs) > 1)
	}
	b.Others, b.Results = p.others, p.results
	if b.Jobs, err = p.place(); err != nil {
		return b, err
	}
	if o.FarEnd != "" && len(b.Jobs) != 1 {
		return b, errors.New("--far-end: it belongs to one recording; clean them one after the other")
	}
	if err := checkOutputs(b.Jobs, o.InPlace); err != nil {
		return b, err
	}
	if o.SkipExisting && !o.InPlace {
		b.Jobs, b.Skipped = split(b.Jobs)
	}
	return b, checkNew(b.Jobs, o)
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

// folders decides whether outputs go into folders, and refuses what cannot be one.
func (p *planner) folders() error {
	p.many = p.many || isFolder(p.out) || strings.HasSuffix(p.out, string(filepath.Separator))
	if p.out == "-" && p.many {
		return errors.New("several recordings cannot go to the standard output; name a folder")
	}
	for _, out := range []string{p.out, p.o.Residual, p.o.Picture} {
		if err := p.suits(out, out == p.o.Picture); err != nil {
			return err
		}
	}
	return nil
}

// suits refuses an output whose name is not that of what it is to be.
func (p *planner) suits(out string, picture bool) error {
	if out == "" || out == "-" {
		return nil
	}
	ext := strings.ToLower(filepath.Ext(filepath.Clean(out)))
	switch folder := isFolder(out); {
	case folder && !p.many:
		return fmt.Errorf("%s is a folder; for one recording name a file", printable.Text(out))
	case folder && recording.ResultExt(ext) != "" && !strings.HasSuffix(out, string(filepath.Separator)):
		return fmt.Errorf("%s is a folder with the name of a recording; if the results belong into it, write %[1]s%c",
			printable.Text(out), filepath.Separator)
	case folder:
		return nil
	case p.many && !isNew(out):
		return fmt.Errorf("%s is a file; several recordings go into a folder: name one", printable.Text(out))
	case p.many && (recording.ResultExt(ext) != "" || ext == ".png"):
		return fmt.Errorf("%s is the name of a file; several recordings go into a folder: name one", printable.Text(out))
	case p.many || ext == "" && !isNew(out): // a pipe, a device
		return nil
	case picture && ext != ".png":
		return fmt.Errorf("--picture: %s would be a PNG by another name; let it end in .png", printable.Text(out))
	case ext == "":
		return fmt.Errorf("%s: its name does not say what to write; let it end in .wav, .flac or .m4a, or in %c for a folder",
			printable.Text(out), filepath.Separator)
	}
	return nil
}

func isFolder(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}

func isNew(path string) bool {
	_, err := os.Lstat(path)
	return err != nil
}

// place makes jobs of what was found.
func (p *planner) place() (jobs []Job, err error) {
	if err := p.folders(); err != nil {
		return nil, err
	}
	taken := map[string]string{} // output: input
	for _, f := range p.apart() {
		j := p.job(f)
		if j.err != nil {
			jobs = append(jobs, j)
			continue
		}
		if p.o.InPlace {
			if err := replaceable(j.In); err != nil {
				return nil, err
			}
		}
		place := realPath(j.Out)
		if other, ok := taken[place]; ok && other != j.In && !p.o.InPlace {
			return nil, fmt.Errorf("%s and %s would both become %s; clean them one after the other", printable.Text(other),
				printable.Text(j.In), printable.Text(j.Out))
		} else if ok {
			continue // named twice
		}
		taken[place] = j.In
		jobs = append(jobs, j)
	}
	return jobs, nil
}

// replaceable refuses what no result can take the place of.
func replaceable(in string) error {
	if in == "-" {
		return errors.New("the standard input cannot be replaced in place")
	}
	if st, err := os.Stat(in); err == nil && !st.Mode().IsRegular() {
		return fmt.Errorf("%s is a pipe or a device; it cannot be replaced in place", printable.Text(in))
	}
	return nil
}

// apart gives what is written in another format a longer name where another recording
// would become the same: talk.amr.wav beside talk.wav.
func (p *planner) apart() []found {
	named := map[string]int{}
	for _, f := range p.found {
		named[f.place]++
	}
	for i, f := range p.found {
		if ext := filepath.Ext(f.place); f.format && named[f.place] > 1 {
			p.found[i].place = stem(f.place) + filepath.Ext(f.path) + ext
		}
	}
	return p.found
}

// job says where a recording goes.
func (p *planner) job(f found) Job {
	j := Job{
		In: f.path, Out: p.out, Residual: p.o.Residual, Picture: p.o.Picture, FarEnd: p.o.FarEnd, mkdir: p.many, err: f.err,
	}
	if p.many {
		j.Out = filepath.Join(p.out, f.place)
		if p.o.Residual != "" {
			j.Residual = filepath.Join(p.o.Residual, f.place)
		}
		if p.o.Picture != "" {
			j.Picture = filepath.Join(p.o.Picture, f.place+".png")
		}
	}
	if p.o.InPlace {
		j.Out, j.inPlace, j.backup = f.path, true, !p.o.NoBackup
	}
	return j
}
