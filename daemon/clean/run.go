package clean

import (
	"context"
	"os"
	"path/filepath"
	"sync"
)

// Watcher is told about the jobs of Run, from several goroutines at once.
type Watcher interface {
	Begin(j Job) (progress func(done, total int64))
	End(j Job, r Result, err error)
}

// Run cleans recordings, up to parallel at a time. One that fails does not keep the
// others from going on; an interruption ends all. It returns how many failed,
// those that were never begun included.
func Run(ctx context.Context, jobs []Job, parallel int, o Options, w Watcher) (failed int) {
	var mu sync.Mutex
	var group sync.WaitGroup
	next := make(chan Job)
	for range min(max(parallel, 1), len(jobs)) {
		group.Go(func() {
			for j := range next {
				if ctx.Err() != nil { // it came while this one was waited for
					mu.Lock()
					failed++
					mu.Unlock()
					continue
				}
				own := o
				own.Progress = w.Begin(j)
				r, err := one(ctx, j, own)
				w.End(j, r, err)
				if err != nil {
					mu.Lock()
					failed++
					mu.Unlock()
				}
			}
		})
	}
	begun := 0
	for _, j := range jobs {
		if ctx.Err() != nil {
			break
		}
		next <- j
		begun++
	}
	close(next)
	group.Wait()
	return failed + len(jobs) - begun
}

// one cleans a recording into folders that may have to be made.
func one(ctx context.Context, j Job, o Options) (Result, error) {
	for _, path := range []string{j.Out, j.Residue, j.Picture} {
		if path == "" || path == "-" || !j.mkdir {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return Result{}, cannot("write", path, err)
		}
	}
	return File(ctx, j, o)
}
