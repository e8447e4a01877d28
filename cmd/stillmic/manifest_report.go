package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/daemon/archive"
)

const manifestReportHelp = `Report merges the reports of all shards, folders or files: how many recordings are
done, failed and missing, hours and speed, and which are the worst.

  stillmic manifest report reports/ --manifest LIST.tsv --html report.html

Missing are recordings of the manifest without a line, and those whose result is
gone or has another size; --verify reads every result and compares its checksum.
The exit code is 1 if anything failed or is missing.`

// manifestReportFlags are what the command line says.
type manifestReportFlags struct {
	manifest, csv, html string
	verify, asJSON      bool
}

func newManifestReport() *cobra.Command {
	var f manifestReportFlags
	cmd := &cobra.Command{
		Use:   "report REPORT...",
		Short: "Merge the reports of all shards",
		Long:  manifestReportHelp,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("name the reports or their folder, as in: stillmic manifest report reports/")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runManifestReport(cmd, f, args) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.manifest, "manifest", "", "say what is missing of the manifest in this `file`")
	flags.StringVar(&f.csv, "csv", "", "write a table of all recordings for a spreadsheet into a `file`")
	flags.StringVar(&f.html, "html", "", "write a page with the distributions into a `file`")
	flags.BoolVar(&f.verify, "verify", false, "compare the checksum of every result")
	jsonFlag(cmd, &f.asJSON)
	return cmd
}

// runManifestReport merges reports.
func runManifestReport(cmd *cobra.Command, f manifestReportFlags, args []string) error {
	paths, err := archive.ExpandReports(args)
	if err != nil {
		return usageError{err}
	}
	m, err := archive.NewMerge(paths)
	if err != nil {
		return err
	}
	if f.manifest != "" {
		if err := m.Against(f.manifest); err != nil {
			return archiveError(err)
		}
	}
	check := archive.CheckSize
	if f.verify {
		check = archive.CheckSHA256
	}
	if err := m.Verify(cmd.Context(), check); err != nil {
		return err
	}
	s, err := m.Summarise(f.manifest)
	if err != nil {
		return err
	}
	if err := writeOut(f.csv, func(w io.Writer) error { return m.WriteTable(w, f.manifest) }); err != nil {
		return err
	}
	if err := writeOut(f.html, s.WritePage); err != nil {
		return err
	}
	if f.asJSON {
		err = printJSON(cmd, s)
	} else {
		printSummary(cmd, s)
	}
	if err == nil && s.Failed+s.Missing > 0 {
		return silentError(exitFailed)
	}
	return err
}

// writeOut writes a file, an older one is replaced; "" is none.
func writeOut(path string, write func(io.Writer) error) error {
	if path == "" {
		return nil
	}
	return archive.WriteFile(path, true, write)
}

// maxPrinted is how many recordings of a kind are named.
const maxPrinted = 20

func printSummary(cmd *cobra.Command, s *archive.Summary) {
	w := cmd.OutOrStdout()
	fmt.Fprintf(w, "done     %d, %.2f hours\n", s.Done, s.Hours)
	fmt.Fprintf(w, "failed   %d\n", s.Failed)
	fmt.Fprintf(w, "missing  %d\n", s.Missing)
	fmt.Fprintf(w, "warnings %d\n", s.Warned)
	fmt.Fprintf(w, "speed    %.0f times real time in one task, %.2f hours all told\n", s.Speed, s.Took)
	named := func(title string, list []archive.Entry) {
		for i, e := range list {
			if i == maxPrinted {
				fmt.Fprintf(w, "%s: and more; --csv has all\n", title)
				break
			}
			fmt.Fprintf(w, "%s: %s: %s\n", title, printable.Text(e.Input), printable.Text(e.Text))
		}
	}
	named("failed", s.Failures)
	named("missing", s.Missed)
	if len(s.Noisiest) > 0 {
		e := s.Noisiest[0]
		fmt.Fprintf(w, "most noise left: %s: %.1f dBFS\n", printable.Text(e.Input), e.Value)
	}
}
