package clean

import (
	"context"
	"os"
	"path/filepath"
	"sync"

	"github.com/stillmic/stillmic/audioio/atomicfile"
)

// Watcher is told about the jobs of Run, from several goroutines at once.
type Watcher interface {
	Begin(j Job) (progress func(done, total int64))
	End(j Job, r Result, err error)
}

// Run cleans recordings, up to parallel at a time. One that fails, be it by a panic,
// does not keep the others from going on; an interruption ends all. Those that are never begun end
// with ErrNotBegun. What killed runs have left beside the outputs is removed. It returns how many failed, these included.
func Run(ctx context.Context, jobs []Job, parallel int, o Options, w Watcher) (failed int) {
	sweep(jobs)
	var mu sync.Mutex
	var group sync.WaitGroup
	next := make(chan Job)
	for range min(max(parallel, 1), len(jobs)) {
		group.Go(func() {
			for j := range next {
				if err := watched(ctx, j, o, w); err != nil {
					mu.Lock()
					failed++
					mu.Unlock()
				}
			}
		})
	}
	for _, j := range jobs {
		next <- j
	}
	close(next)
	group.Wait()
	return failed
}

// watched cleans a recording before the eyes of w.
func watched(ctx context.Context, j Job, o Options, w Watcher) error {
	if ctx.Err() != nil {
		w.End(j, Result{}, ErrNotBegun)
		return ErrNotBegun
	}
	o.Progress = w.Begin(j)
	r, err := one(ctx, j, o)
	w.End(j, r, err)
	return err
}

// One cleans a recording as Run does: folders that are missing are made, and a panic is its
// error.
func One(ctx context.Context, j Job, o Options) (Result, error) {
	j.mkdir = true
	return one(ctx, j, o)
}

// one cleans a recording into folders that may have to be made. A panic is its error.
func one(ctx context.Context, j Job, o Options) (_ Result, err error) {
	defer func() {
		if recover() != nil { // before there was anything to remove
			err = faultIn(j.In)
		}
	}()
	if j.err != nil {
		return Result{}, j.err
	}
	for _, path := range j.outputs() {
		if path == "" || path == "-" || !j.mkdir {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return Result{}, cannot("write", path, err)
		}
	}
	return File(ctx, j, o)
}

// sweep removes the temporary files that killed runs have left in the folders of jobs'
// outputs.
func sweep(jobs []Job) {
	swept := map[string]bool{}
	for _, j := range jobs {
		for _, out := range j.outputs() {
			if folder := filepath.Dir(atomicfile.Target(out)); out != "" && out != "-" && !swept[folder] {
				swept[folder] = true
				atomicfile.SweepFolder(folder)
			}
		}
	}
}
