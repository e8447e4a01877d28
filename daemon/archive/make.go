package archive

import (
	"cmp"
	"context"
	"math"
	"os"
	"runtime"
	"slices"
	"sync"

	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/daemon/clean"
)

func isFolder(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}

// Found is what List finds.
type Found struct {
	Rows     []Row
	Failures []error  // folders that cannot be read, and others
	Unlisted []string // names that a manifest cannot hold
	Others   []string // files that are no recordings by their names
	Results  []string // of earlier runs
}

// List finds the recordings of a folder, all with the same settings, and where their results go,
// in the order of the inputs. Lengths are those that the files tell; what cannot be read has none.
func List(ctx context.Context, folder, out string, settings []Setting) (Found, error) {
	batch, err := clean.Plan([]string{folder}, out, clean.PlanOptions{Overwrite: true}) // the manifest's runs decide
	if err != nil {
		return Found{}, err
	}
	f := Found{Others: batch.Others, Results: batch.Results}
	for _, j := range batch.Jobs {
		switch {
		case j.Err() != nil:
			f.Failures = append(f.Failures, j.Err())
		case !Writable(j.In) || !Writable(j.Out):
			f.Unlisted = append(f.Unlisted, j.In)
		default:
			f.Rows = append(f.Rows, Row{Input: j.In, Output: j.Out, Settings: settings})
		}
	}
	slices.SortFunc(f.Rows, func(a, b Row) int { return cmp.Compare(a.Input, b.Input) })
	lengths(ctx, f.Rows)
	return f, ctx.Err()
}

// lengths asks all recordings for their lengths.
func lengths(ctx context.Context, rows []Row) {
	var group sync.WaitGroup
	next := make(chan int)
	for range runtime.NumCPU() {
		group.Go(func() {
			for i := range next {
				rows[i].Length = lengthOf(rows[i].Input)
			}
		})
	}
	for i := range rows {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	group.Wait()
}

// lengthOf returns what a recording says of its length, in ms; 0 where it says nothing.
func lengthOf(path string) int64 {
	r, err := recording.Open(path)
	if err != nil {
		return 0
	}
	defer r.Close()
	if r.Frames() <= 0 || r.Rate() <= 0 {
		return 0
	}
	return int64(math.Round(1000 * float64(r.Frames()) / float64(r.Rate())))
}
