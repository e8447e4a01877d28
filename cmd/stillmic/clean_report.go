package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/daemon/clean"
)

// cleanReport says what becomes of each recording: a bar with the time left while
// it runs, if a person watches, and a line at the end.
type cleanReport struct {
	cmd    *cobra.Command
	json   bool
	quiet  bool // the standard output is the recording
	many   bool
	what   cleanDone
	bars   *mpb.Progress // nil without a terminal
	mu     sync.Mutex
	active map[string]*mpb.Bar
	done   []cleanLine
	failed error // the only one's error
}

// cleanLine is one recording in the JSON of several.
type cleanLine struct {
	clean.Result
	*cleanDone
	Error   string `json:"error,omitempty"`
	Skipped bool   `json:"skipped,omitempty"` // its outputs were there
}

func newCleanReport(cmd *cobra.Command, files int, asJSON, quiet bool, what cleanDone) *cleanReport {
	r := &cleanReport{cmd: cmd, what: what, json: asJSON, quiet: quiet, many: files > 1, active: map[string]*mpb.Bar{},
		done: []cleanLine{}}
	if isTerminal(cmd.ErrOrStderr()) {
		r.bars = mpb.New(mpb.WithOutput(cmd.ErrOrStderr()), mpb.WithWidth(40))
	}
	return r
}

// Begin shows a bar.
func (r *cleanReport) Begin(j clean.Job) func(done, total int64) {
	if r.bars == nil {
		return nil
	}
	bar := r.bars.AddBar(0, mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(printable.Text(filepath.Base(j.In)), decor.WCSyncSpaceR)),
		mpb.AppendDecorators(decor.Percentage(decor.WCSyncSpace), decor.OnComplete(
			decor.AverageETA(decor.ET_STYLE_MMSS, decor.WCSyncSpace), ""), decor.Name(" left")))
	r.mu.Lock()
	r.active[j.In] = bar
	r.mu.Unlock()
	var known atomic.Int64
	return func(done, total int64) {
		if total > 0 && known.Swap(total) != total {
			bar.SetTotal(total+1, false) // the last step is the end
		}
		bar.SetCurrent(done)
	}
}

// End takes the bar away and prints what was done.
func (r *cleanReport) End(j clean.Job, res clean.Result, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if bar := r.active[j.In]; bar != nil {
		bar.Abort(true)
		bar.Wait()
	}
	if err != nil {
		res.Input, res.Output = j.In, j.Out
		r.done = append(r.done, cleanLine{Result: res, Error: oneLine(err)})
		switch {
		case errors.Is(err, clean.ErrNotBegun): // the last line counts them
		case r.many:
			r.print(r.cmd.ErrOrStderr(), "stillmic: %s\n", oneLine(err))
		default:
			r.failed = err
		}
		return
	}
	r.done = append(r.done, cleanLine{Result: res, cleanDone: &r.what})
	if !r.json && !r.quiet {
		r.print(r.cmd.OutOrStdout(), "%s: %.2f s, %d Hz, %s%s%s\n%s\n", printable.Text(j.Out), res.Seconds, res.Rate,
			channelsText(res.Channels), widenedText(res), peaksText(res.Loudness), summary(res, r.what))
	}
	in := printable.Text(j.In)
	warn := func(n int64, what string) {
		if n > 0 {
			r.print(r.cmd.ErrOrStderr(), "stillmic: %s: %d samples %s\n", in, n, what)
		}
	}
	warn(res.Replaced, "were no numbers and were taken as silence")
	warn(res.Clipped, "were beyond full scale and were cut")
	if res.LeftOut > 0 {
		r.print(r.cmd.ErrOrStderr(), "stillmic: %s: only the first sound track is in the result, %d more left out; "+
			"a .mka or .mkv file holds all\n", in, res.LeftOut)
	}
	if res.Covers > 0 {
		r.print(r.cmd.ErrOrStderr(), "stillmic: %s: its cover cannot be read and is left out\n", in)
	}
	for i, t := range res.Tracks {
		if !r.json && !r.quiet {
			r.print(r.cmd.OutOrStdout(), "  track %d: %.2f s, %d Hz, %s%s\n%s\n", i+2, t.Seconds, t.Rate,
				channelsText(t.Channels), peaksText(t.Loudness), summary(t, r.what))
		}
		if l := t.Loudness; l != nil && l.Warning != "" {
			r.print(r.cmd.ErrOrStderr(), "stillmic: %s: track %d: %s\n", in, i+2, l.Warning)
		}
	}
	if l := res.Loudness; l != nil && l.Warning != "" {
		r.print(r.cmd.ErrOrStderr(), "stillmic: %s: %s\n", in, l.Warning)
	}
	if res.Truncated {
		r.print(r.cmd.ErrOrStderr(), "stillmic: %s is truncated or damaged; what was there was cleaned\n", in)
	}
}

func widenedText(res clean.Result) string {
	if res.Widened == 0 {
		return ""
	}
	return fmt.Sprintf(", widened from %d Hz", res.Widened)
}

// print writes a line above the bars.
func (r *cleanReport) print(w io.Writer, format string, args ...any) {
	if r.bars != nil {
		w = r.bars
	}
	fmt.Fprintf(w, format, args...)
}

// finish ends the bars, prints JSON and returns the error that the program ends
// with.
func (r *cleanReport) finish(failed int, b clean.Batch) error {
	if r.bars != nil {
		r.bars.Wait()
	}
	if len(b.Skipped) > 0 && !r.json && !r.quiet {
		fmt.Fprintf(r.cmd.OutOrStdout(), "%d already cleaned, skipped\n", len(b.Skipped))
	}
	if len(b.Results) > 0 && !r.json && !r.quiet {
		fmt.Fprintln(r.cmd.OutOrStdout(), pastResults(b.Results))
	}
	if len(b.Others) > 0 && !r.json && !r.quiet {
		fmt.Fprintln(r.cmd.OutOrStdout(), notRecordings(b.Others))
	}
	cleaned := len(r.done)
	for _, j := range b.Skipped {
		r.done = append(r.done, cleanLine{Result: clean.Result{Input: j.In, Output: j.Out}, Skipped: true})
	}
	if r.json {
		var document any = r.done
		if !r.many && len(r.done) == 1 {
			document = r.done[0]
		}
		if err := printJSON(r.cmd, document); err != nil {
			return err
		}
	}
	if r.failed != nil {
		return r.failed
	}
	if failed == 0 {
		return nil
	}
	if r.cmd.Context().Err() != nil {
		return fmt.Errorf("stopped: %d recordings were not cleaned", failed)
	}
	return fmt.Errorf("%d of %d recordings could not be cleaned", failed, cleaned)
}

// notRecordings names the files of the folders that were none.
func notRecordings(files []string) string {
	if len(files) == 1 {
		return "1 file is not a recording, skipped: " + printable.List(files)
	}
	return fmt.Sprintf("%d files are not recordings, skipped: %s", len(files), printable.List(files))
}

// pastResults names the results of earlier runs in the folders.
func pastResults(files []string) string {
	if len(files) == 1 {
		return "1 file is a result of an earlier run, skipped: " + printable.List(files)
	}
	return fmt.Sprintf("%d files are results of earlier runs, skipped: %s", len(files), printable.List(files))
}
