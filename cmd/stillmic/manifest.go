package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/daemon/archive"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/dsp"
	"github.com/stillmic/stillmic/model"
)

const manifestHelp = `Manifest lists the recordings of a folder, for an archive that is cleaned by many
machines, and estimates how long that takes:

  stillmic manifest tapes/ cleaned/ --output LIST.tsv --preset podcast
  stillmic clean --manifest LIST.tsv --sample 20 sample/     listen first
  stillmic manifest slurm LIST.tsv --shards 64 --report reports/ | sbatch
  stillmic manifest report reports/ --manifest LIST.tsv --html report.html

A manifest has tab-separated values with a header: input, output and, where they
are wanted, seconds, id, preset, strength, loudness, true-peak, voice, link, widen
and force. An empty cell leaves what the command line says.

A shard is a part of about as many hours as the others. What a report says is
done, and is there as it was written, is not done again: a shard can be killed
and started again at any time, on any machine that sees the same folders.

Exit codes of "stillmic clean --manifest", for schedulers:
  0   every recording of the shard is done
  1   some cannot be cleaned; the report says why. Another try says the same
  2   wrong usage, or a mistake in the manifest: nothing was begun
  75  stopped (SIGTERM, within 10 s), or a fault of the machine such as a full
      disk: start it again
  128 and more: killed; start it again`

// manifestFlags are what "stillmic manifest" says of the rows.
type manifestFlags struct {
	output string
	clean  cleanFlags
}

func newManifest() *cobra.Command {
	var f manifestFlags
	cmd := &cobra.Command{
		Use:   "manifest FOLDER OUT",
		Short: "List an archive of recordings, to be cleaned by many machines",
		Long:  manifestHelp,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return errors.New("name the folder of recordings and the one for the results, as in: " +
					"stillmic manifest tapes/ cleaned/ --output LIST.tsv")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runManifest(cmd, &f, args[0], args[1]) },
	}
	cmd.Flags().StringVarP(&f.output, "output", "o", "", "write the manifest into a new `file` (default: the standard output)")
	f.clean.addSettings(cmd.Flags())
	cmd.AddCommand(newManifestReport(), newManifestSlurm())
	return cmd
}

// runManifest writes the manifest of a folder.
func runManifest(cmd *cobra.Command, f *manifestFlags, folder, out string) (err error) {
	f.clean.jobs = 1
	if _, err := f.clean.processorOptions(cmd.Flags().Changed); err != nil {
		return err
	}
	var settings []archive.Setting
	var names []string
	for _, name := range archive.SettingColumns {
		if flag := cmd.Flags().Lookup(name); flag.Changed {
			settings = append(settings, archive.Setting{Name: name, Value: flagText(flag)})
			names = append(names, name)
		}
	}
	if _, err := os.Stat(folder); err != nil {
		return fmt.Errorf("list the recordings: %w", err)
	}
	for _, path := range []*string{&folder, &out} { // tasks work in other folders
		if *path, err = filepath.Abs(*path); err != nil {
			return fmt.Errorf("find the working folder: %w", err)
		}
	}
	found, err := archive.List(cmd.Context(), folder, out, settings)
	if err != nil {
		return err
	}
	write := func(w io.Writer) error { return writeManifest(w, names, found.Rows) }
	if f.output == "" {
		err = write(cmd.OutOrStdout())
	} else if err = archive.WriteFile(f.output, false, write); errors.Is(err, fs.ErrExist) {
		return usageError{fmt.Errorf("%s exists; name a new file", printable.Text(f.output))}
	}
	if err != nil {
		return err
	}
	return estimate(cmd, found)
}

// recordings is a number of them in words.
func recordings(n int64) string {
	if n == 1 {
		return "1 recording"
	}
	return fmt.Sprintf("%d recordings", n)
}

// flagText returns the value of a flag as it would be typed.
func flagText(f *pflag.Flag) string {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return strings.Join(list.GetSlice(), ",")
	}
	return f.Value.String()
}

func writeManifest(w io.Writer, settings []string, rows []archive.Row) error {
	m, err := archive.NewWriter(w, settings)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := m.Write(r); err != nil {
			return err
		}
	}
	return m.Close()
}

// estimate says what was found and how long it takes.
func estimate(cmd *cobra.Command, f archive.Found) error {
	w := cmd.ErrOrStderr()
	hours, unknown := 0.0, 0
	for _, r := range f.Rows {
		hours += float64(r.Length) / 3.6e6
		if r.Length == 0 {
			unknown++
		}
	}
	fmt.Fprintf(w, "%s, %.2f hours", recordings(int64(len(f.Rows))), hours)
	if unknown > 0 {
		fmt.Fprintf(w, " and %d of unknown length", unknown)
	}
	speed, err := speedHere()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "; about %.2f hours of one core like this one (%.0f times real time a channel)\n", hours/speed, speed)
	if len(f.Others) > 0 {
		fmt.Fprintln(w, notRecordings(f.Others))
	}
	if len(f.Results) > 0 {
		fmt.Fprintln(w, pastResults(f.Results))
	}
	for _, name := range f.Unlisted {
		fmt.Fprintf(w, "stillmic: %s is left out: a manifest cannot hold its name\n", printable.Text(name))
	}
	for _, err := range f.Failures {
		fmt.Fprintf(w, "stillmic: %s\n", oneLine(err))
	}
	if n := len(f.Failures) + len(f.Unlisted); n > 0 {
		return fmt.Errorf("%d could not be listed", n)
	}
	return nil
}

// speedHere returns how many times real time the usual network cleans one channel here.
func speedHere() (float64, error) {
	n, err := best(control.Latency40)
	if err != nil {
		return 0, err
	}
	s := model.NewSuppressor(n.weights)
	src, dst := make([]float32, dsp.Hop), make([]float32, dsp.Hop)
	speed := 0.0
	for range 5 { // the fastest: others have the processor, too
		began := time.Now()
		for range dsp.SampleRate / dsp.Hop { // a second
			for i := range src {
				src[i] = 0.1 * (2*rand.Float32() - 1)
			}
			s.Process(dst, src)
		}
		speed = math.Max(speed, 1/time.Since(began).Seconds())
	}
	return speed, nil
}
