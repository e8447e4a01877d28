package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/audioio/recording"
	"github.com/stillmic/stillmic/daemon/archive"
	"github.com/stillmic/stillmic/daemon/priority"
	"github.com/stillmic/stillmic/model"
)

// archiveFlags are those of "stillmic clean --manifest".
type archiveFlags struct {
	manifest, shard, report, check string
	sample                         int
}

func (f *archiveFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.manifest, "manifest", "", "clean the recordings that a `file` lists, - for the standard input")
	flags.StringVar(&f.shard, "shard", "", "clean a part of the manifest, `I/N` with I from 0 to N-1")
	flags.StringVar(&f.report, "report", "", "add a line of JSON for each recording to a `file`, or to one in a folder, with --manifest")
	flags.StringVar(&f.check, "check", string(archive.CheckSHA256),
		"how to look whether what is done is still there, sha256 or size, with --manifest")
	flags.IntVar(&f.sample, "sample", 0, "clean excerpts of `N` recordings of the manifest into the folder OUT, with a page to hear them")
}

// args checks the arguments beside --manifest.
func (f *archiveFlags) args(args []string) error {
	switch {
	case f.sample < 0:
		return errors.New("--sample: 1 at least")
	case f.sample > 0 && (len(args) != 1 || f.report != "" || f.shard != ""):
		return errors.New("--sample takes a folder and neither --report nor --shard, as in: " +
			"stillmic clean --manifest LIST.tsv --sample 20 sample/")
	case f.sample > 0 && f.manifest == "-":
		return errors.New("--sample: the manifest is read twice; name a file")
	case f.sample == 0 && len(args) > 0:
		return fmt.Errorf("--manifest names all recordings; leave out %s", printable.Text(args[0]))
	case f.sample == 0 && f.report == "":
		return errors.New("--manifest: name a report, too: --report reports/")
	}
	return nil
}

// temporary is an error after which the same command may go well.
type temporary struct{ error }

func (e temporary) Unwrap() error { return e.error }

func isTemporary(err error) bool {
	var t temporary
	return errors.As(err, &t)
}

// lastMoment is when the program ends of itself after it was asked to, within the 10 s that are
// promised: what cannot be interrupted is left behind, under a temporary name.
const lastMoment = archive.Grace + 4*time.Second

// runCleanManifest cleans a shard of a manifest.
func runCleanManifest(cmd *cobra.Command, f *cleanFlags, args []string) (err error) {
	if f.background {
		if err := priority.Lower(); err != nil {
			return err
		}
	}
	t, err := f.task(cmd.Flags())
	if err != nil {
		return usageError{err}
	}
	context.AfterFunc(cmd.Context(), func() {
		time.AfterFunc(lastMoment, func() {
			fmt.Fprintln(cmd.ErrOrStderr(), "stillmic: stopped in the midst of a recording")
			os.Exit(exitAgain)
		})
	})
	if f.archive.sample > 0 {
		return f.runSample(cmd, t, args[0])
	}
	if t.Report, err = archive.OpenReport(f.archive.report, t.Shard); errors.Is(err, archive.ErrBusy) {
		return temporary{err}
	} else if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Report.Close()) }()
	t.Watch = watchRecords(cmd, f.asJSON && f.archive.report != "-")
	counts, err := t.Run(cmd.Context())
	return f.finishManifest(cmd, counts, err)
}

// runSample makes the page of a sample.
func (f *cleanFlags) runSample(cmd *cobra.Command, t archive.Task, folder string) error {
	page, err := archive.Sample(cmd.Context(), t, f.archive.sample, folder)
	if err != nil {
		return archiveError(err)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "open %s in a browser to hear them\n", printable.Text(page))
	return err
}

// finishManifest says what was done.
func (f *cleanFlags) finishManifest(cmd *cobra.Command, c archive.Counts, err error) error {
	out := cmd.OutOrStdout()
	if f.asJSON || f.archive.report == "-" {
		out = cmd.ErrOrStderr()
	}
	fmt.Fprintf(out, "%d cleaned (%.2f hours, %.0f times real time), %d done before, %d failed\n", c.Done, c.Seconds/3600,
		c.Seconds/max(c.Took, 1e-9), c.Skipped, c.Failed)
	if err != nil {
		return archiveError(err)
	}
	if c.Failed > 0 {
		return fmt.Errorf("%d of %d recordings could not be cleaned; the report says why", c.Failed, c.Done+c.Failed+c.Skipped)
	}
	return nil
}

// archiveError sorts the errors of a run.
func archiveError(err error) error {
	var machine *archive.MachineError
	var format *archive.FormatError
	switch {
	case errors.Is(err, archive.ErrStopped), errors.As(err, &machine):
		return temporary{err}
	case errors.As(err, &format):
		return usageError{err}
	}
	return err
}

// watchRecords returns what prints records, all as JSON or else what failed.
func watchRecords(cmd *cobra.Command, asJSON bool) func(*archive.Record) {
	return func(r *archive.Record) {
		if r.Status == archive.Failed {
			fmt.Fprintf(cmd.ErrOrStderr(), "stillmic: %s\n", printable.Text(r.Error))
		}
		if asJSON { // one line each, unlike others
			_ = json.NewEncoder(cmd.OutOrStdout()).Encode(r) // who reads has gone; the report has it
		}
	}
}

// task returns what the flags say.
func (f *cleanFlags) task(flags *pflag.FlagSet) (t archive.Task, err error) {
	if f.plan.InPlace || f.plan.SkipExisting || f.plan.Residual != "" || f.plan.Picture != "" || f.plan.FarEnd != "" ||
		f.focus != focusOff || f.print != "" {
		return t, errors.New("--manifest: --in-place, --skip-existing, --residual, --picture, --far-end, --focus and " +
			"--voice-print are not for manifests")
	}
	m, err := f.networkFlags.load()
	if err != nil {
		return t, err
	}
	t = archive.Task{Manifest: f.archive.manifest, Parallel: f.jobs,
		Program: archive.Program{Version: version(), Network: m.name, Weights: m.weights.SHA256()}}
	if t.Shard, err = archive.ParseShard(f.archive.shard); err != nil {
		return t, err
	}
	if t.Check, err = archive.ParseCheck(f.archive.check); err != nil {
		return t, err
	}
	f.options.Overwrite = f.plan.Overwrite
	if _, err := f.rowSettings(archive.Row{}, m.weights, flags.Changed); err != nil {
		return t, err
	}
	t.Settings = f.settingsOf(m.weights, flags.Changed)
	return t, nil
}

// maxKept bounds the combinations of settings that are kept ready.
const maxKept = 1000

// settingsOf returns what reads the settings of rows. Rows mostly have the same.
func (f *cleanFlags) settingsOf(w *model.Weights, changed func(string) bool) func(archive.Row) (archive.Settings, error) {
	var mu sync.Mutex
	kept := map[string]archive.Settings{}
	return func(r archive.Row) (archive.Settings, error) {
		mu.Lock()
		defer mu.Unlock()
		key := fmt.Sprint(r.Settings)
		if s, ok := kept[key]; ok {
			return s, nil
		}
		s, err := f.rowSettings(r, w, changed)
		if len(kept) >= maxKept {
			clear(kept)
		}
		if err == nil {
			kept[key] = s
		}
		return s, err
	}
}

// rowSettings returns the settings of a row: its own, else those of the command line.
func (f *cleanFlags) rowSettings(r archive.Row, w *model.Weights, changed func(string) bool) (s archive.Settings, err error) {
	own := *f
	given := map[string]bool{}
	for _, cell := range r.Settings {
		given[cell.Name] = true
		if err := own.set(cell); err != nil {
			return s, fmt.Errorf("invalid %s %q: %w", cell.Name, cell.Value, err)
		}
	}
	processor, err := own.processorOptions(func(name string) bool { return given[name] || changed(name) })
	if err != nil {
		return s, err
	}
	s.Options = own.options
	s.Options.NewProcessor = func(channels, recordedAt int) (recording.Processor, error) {
		o := processor
		o.Widen = recordedAt
		return recording.NewProcessor(w, channels, o)
	}
	s.Flags = own.recorded()
	return s, nil
}

// set takes a cell of a manifest for a flag.
func (f *cleanFlags) set(cell archive.Setting) (err error) {
	switch cell.Name {
	case "preset":
		f.preset = cell.Value
	case "strength":
		f.strength = cell.Value
	case "loudness":
		f.options.Loudness, err = strconv.ParseFloat(cell.Value, 64)
	case "true-peak":
		f.options.TruePeak, err = strconv.ParseFloat(cell.Value, 64)
	case "voice":
		f.voice = strings.Split(cell.Value, ",")
	case "link":
		f.link, err = strconv.ParseBool(cell.Value)
	case "widen":
		f.options.Widen, err = strconv.ParseBool(cell.Value)
	case "force":
		f.options.Force, err = strconv.ParseBool(cell.Value)
	}
	if err != nil {
		return errors.New("use a number, or true or false")
	}
	return nil
}

// recorded are the settings as a record keeps them.
func (f *cleanFlags) recorded() map[string]string {
	m := map[string]string{"strength": f.strength}
	if f.preset != "" {
		m["preset"] = f.preset
	}
	if f.options.Loudness != 0 {
		m["loudness"] = fmt.Sprint(f.options.Loudness)
		m["true-peak"] = fmt.Sprint(f.options.TruePeak)
	}
	if len(f.voice) > 0 {
		m["voice"] = strings.Join(f.voice, ",")
	}
	for name, on := range map[string]bool{"link": f.link, "widen": f.options.Widen, "force": f.options.Force} {
		if on {
			m[name] = "true"
		}
	}
	return m
}
