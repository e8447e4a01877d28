package archive

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/stillmic/stillmic/audioio/atomicfile"
	"github.com/stillmic/stillmic/daemon/clean"
)

// Grace is how long a recording may go on after the scheduler has asked the task to end.
const Grace = 5 * time.Second

// MachineError is a fault of the machine, not of a recording: a full disk, a server of files
// that is gone. It ends a run; the same run may go well later or elsewhere.
type MachineError struct{ error }

// Unwrap returns what is wrong.
func (e *MachineError) Unwrap() error { return e.error }

// ErrStopped: the run was asked to end before it was through.
var ErrStopped = errors.New("stopped")

// Settings say how a row is cleaned: for the cleaner, and as flags for the record.
type Settings struct {
	Options clean.Options
	Flags   map[string]string
}

// Task is the cleaning of one shard.
type Task struct {
	Manifest string // "-" for the standard input
	Shard    Shard
	Report   *Report
	Parallel int // recordings at a time
	Check    Check
	Program  Program

	// Settings returns those of a row. Its error is one of the manifest.
	Settings func(Row) (Settings, error)

	// Watch is told of every record, one at a time.
	Watch func(*Record)
}

// Counts are what became of the recordings of a run.
type Counts struct {
	Done    int     `json:"done"`
	Skipped int     `json:"done_before"`
	Failed  int     `json:"failed"`
	Seconds float64 `json:"seconds"` // of those done
	Took    float64 `json:"took_seconds"`
}

// Run cleans what is still to be done of a shard. The manifest is read through first, unless it
// is the standard input, so that no mistake in it shows up after hours: FormatError. A row is done
// when a report says so with the same settings and recording, and the result is as it was written;
// what failed is tried again. When ctx ends, recordings have Grace to be finished: ErrStopped. The
// first MachineError ends the run, too. Recordings that cannot be cleaned are counted.
func (t *Task) Run(ctx context.Context) (Counts, error) {
	began := time.Now()
	if err := t.validate(); err != nil {
		return Counts{}, err
	}
	r := &run{Task: t, sweeper: &atomicfile.Sweeper{}, rows: make(chan Row), began: began}
	r.host, _ = os.Hostname() // for the records alone
	err := r.all(ctx)
	r.counts.Took = time.Since(began).Seconds()
	return r.counts, err
}

// validate looks for mistakes in the settings of all rows.
func (t *Task) validate() error {
	if t.Manifest == "-" {
		return nil
	}
	return each(t.Manifest, func(r Row) error {
		_, err := t.settings(r)
		return err
	})
}

// settings returns those of a row, with its line in an error.
func (t *Task) settings(r Row) (Settings, error) {
	s, err := t.Settings(r)
	if err != nil {
		return s, &FormatError{fmt.Errorf("%s, line %d: %w", t.Manifest, r.Line, err)}
	}
	return s, nil
}

// run is a Task under way.
type run struct {
	*Task
	rows  chan Row
	host  string
	began time.Time

	sweeping sync.Mutex
	sweeper  *atomicfile.Sweeper

	mu     sync.Mutex // for what follows, and Watch
	counts Counts
}

// all hands the rows to workers until one of them meets a fault of the machine.
func (r *run) all(ctx context.Context) error {
	// Those that clean go on for a while when asking has ended.
	working, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() { time.AfterFunc(Grace, func() { cancel(ErrStopped) }) })()
	asking, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var group sync.WaitGroup
	for range max(r.Parallel, 1) {
		group.Go(func() {
			for row := range r.rows {
				if err := r.row(working, row); err != nil {
					stop(err)
					return // or it might be given another row, as deal sees both at once
				}
			}
		})
	}
	err := r.deal(asking)
	close(r.rows)
	group.Wait()
	switch cause := context.Cause(asking); {
	case ctx.Err() != nil:
		return ErrStopped
	case cause != nil:
		return cause
	}
	return err
}

// deal hands on the rows of the shard until ctx ends.
func (r *run) deal(ctx context.Context) error {
	shares := NewShares(r.Shard.Count)
	return each(r.Manifest, func(row Row) error {
		if shares.Deal(row) != r.Shard.Index {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		select {
		case r.rows <- row:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
}

// row does a row unless it is done. An error ends the run.
func (r *run) row(ctx context.Context, row Row) error {
	s, err := r.settings(row)
	if err != nil {
		return err
	}
	r.sweeping.Lock()
	r.sweeper.Sweep(row.Output)
	r.sweeping.Unlock()
	before, err := r.Report.Find(row.Key())
	if err != nil {
		return err
	}
	ours := false // the result that is there
	if before != nil && before.Status == Done {
		if ours, err = r.Check.holds(ctx, before); ctx.Err() != nil {
			return ErrStopped
		} else if err != nil {
			return &MachineError{fmt.Errorf("check %s: %w", row.Output, err)}
		}
		if ours && maps.Equal(before.Settings, s.Flags) && unchanged(before) {
			r.count(func(c *Counts) { c.Skipped++ })
			return nil
		}
	}
	s.Options.Overwrite = s.Options.Overwrite || ours
	return r.clean(ctx, row, s)
}

// unchanged reports whether a recording is as long as it was. One that is gone has not changed:
// its result is there.
func unchanged(r *Record) bool {
	st, err := os.Stat(r.Input)
	return err != nil || st.Size() == r.InputBytes
}

// clean cleans a recording and adds its record before the result comes to its place: what is there
// was recorded, whatever ends the program.
func (r *run) clean(ctx context.Context, row Row, s Settings) error {
	began, helpers := time.Now(), time.Duration(0)
	cpu, untie := threadTime()
	defer untie()
	record := &Record{Schema: Schema, Row: row.Key(), ID: row.ID, Input: row.Input, Output: row.Output,
		Settings: s.Flags, Program: r.Program, Host: r.host, Shard: r.Shard.String()}
	finish := func() error {
		record.Finished = time.Now().UTC().Truncate(time.Millisecond)
		record.Took = time.Since(began).Seconds()
		if own := cpu(); own > 0 {
			record.CPU = (own + helpers).Seconds()
		}
		return r.Report.Add(record)
	}
	s.Options.Ready = func(res clean.Result, path string) (err error) {
		if err := sameInput(record, row.Input); err != nil {
			return err
		}
		if record.OutputSHA256, record.OutputBytes, err = checksum(ctx, path); err != nil {
			return err
		}
		record.Status, helpers = Done, res.Helpers
		record.take(res)
		return finish()
	}
	var err error
	if record.InputSHA256, record.InputBytes, err = checksum(ctx, row.Input); err == nil {
		var res clean.Result
		res, err = clean.One(ctx, clean.Job{In: row.Input, Out: row.Output}, s.Options)
		helpers = max(helpers, res.Helpers)
	} else if ctx.Err() == nil {
		err = fmt.Errorf("cannot read the recording: %w", err)
	}
	if ctx.Err() != nil && err != nil {
		return ErrStopped // given up: no record, so it is missing
	}
	if err == nil {
		r.count(func(c *Counts) { c.Done++; c.Seconds += record.Seconds })
		r.watch(record)
		return nil
	}
	record.fail(err)
	kind := fault(err)
	if kind == nil {
		r.count(func(c *Counts) { c.Failed++ })
		r.watch(record)
	}
	return errors.Join(kind, finish())
}

// fail makes a record one of a recording that could not be cleaned.
func (r *Record) fail(err error) {
	r.Status, r.Error = Failed, strings.ReplaceAll(err.Error(), "\n", "; ")
	r.OutputBytes, r.OutputSHA256 = 0, ""
}

// sameInput reports by an error that a recording has grown or shrunk while it was cleaned.
func sameInput(r *Record, path string) error {
	st, err := os.Stat(path)
	if err != nil {
		return err
	}
	if st.Size() != r.InputBytes {
		return errors.New("the recording was changed while it was cleaned")
	}
	return nil
}

// fault returns an error as one of the machine, nil if it is of the recording.
func fault(err error) error {
	if machine, ok := errors.AsType[*MachineError](err); ok {
		return machine
	}
	if slices.ContainsFunc(machineFaults, func(f error) bool { return errors.Is(err, f) }) {
		return &MachineError{err}
	}
	return nil
}

func (r *run) count(change func(*Counts)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.counts)
}

func (r *run) watch(record *Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.Watch != nil {
		r.Watch(record)
	}
}
