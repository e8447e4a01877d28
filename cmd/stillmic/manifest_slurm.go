package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/daemon/archive"
)

const manifestSlurmHelp = `Slurm prints an array job that cleans a manifest, a shard a task:

  stillmic manifest slurm LIST.tsv --shards 64 --report reports/ | sbatch
  stillmic manifest slurm LIST.tsv --shards 64 --report reports/ \
    --option --partition=cpu -- --strength strong >job.sh

What stands after -- goes to "stillmic clean". The program, the manifest, the
recordings and the reports have to be seen under the same paths on all nodes.`

func newManifestSlurm() *cobra.Command {
	var s archive.Slurm
	cmd := &cobra.Command{
		Use:   "slurm LIST [-- FLAGS OF CLEAN]",
		Short: "Print an array job for SLURM",
		Long:  manifestSlurmHelp,
		Args: func(cmd *cobra.Command, args []string) error {
			if n := cmd.ArgsLenAtDash(); len(args) == 0 || n == 0 || n != 1 && len(args) > 1 {
				return errors.New("name a manifest, as in: stillmic manifest slurm LIST.tsv --shards 64 --report reports/")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return runManifestSlurm(cmd, s, args[0], args[1:]) },
	}
	flags := cmd.Flags()
	flags.IntVar(&s.Shards, "shards", 0, "number of tasks")
	flags.IntVar(&s.AtOnce, "at-once", 0, "how many tasks run at the same time at most")
	flags.StringVar(&s.Report, "report", "", "`folder` for the reports")
	flags.StringVar(&s.Time, "time", "24:00:00", "time limit of a task; what is left then is queued again")
	flags.StringVar(&s.Memory, "mem", "256M", "memory of a task")
	flags.StringVar(&s.Scratch, "scratch", "", "`folder` on the nodes for what waits there (default: SLURM_TMPDIR, else TMPDIR)")
	flags.StringArrayVar(&s.Options, "option", nil, "another `option` of sbatch, like --partition=cpu")
	flags.StringVar(&s.Program, "program", "", "`path` of stillmic on the nodes (default: that of this one)")
	return cmd
}

// runManifestSlurm reads the manifest through, for mistakes and hours, and prints the job.
func runManifestSlurm(cmd *cobra.Command, s archive.Slurm, manifest string, more []string) (err error) {
	if s.Report == "" || s.Shards < 1 {
		return usageError{errors.New("say how many tasks and where the reports go, as in: --shards 64 --report reports/")}
	}
	if s.Program == "" {
		if s.Program, err = os.Executable(); err != nil {
			return fmt.Errorf("find this program: %w", err)
		}
	}
	for _, path := range []*string{&manifest, &s.Report, &s.Program} {
		if *path, err = filepath.Abs(*path); err != nil {
			return fmt.Errorf("find the working folder: %w", err)
		}
	}
	s.Report += string(filepath.Separator)
	totals, err := archive.Totals(manifest, s.Shards)
	if err != nil {
		return archiveError(err)
	}
	s.Manifest, s.Flags = manifest, more
	script, err := s.Script()
	if err != nil {
		return usageError{err}
	}
	least, most, rows, hours := totals[0].Hours(), totals[0].Hours(), int64(0), 0.0
	for _, t := range totals {
		least, most = min(least, t.Hours()), max(most, t.Hours())
		rows += t.Rows
		hours += t.Hours()
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s, %.2f hours; %d shards of %.2f to %.2f hours\n",
		recordings(rows), hours, s.Shards, least, most)
	_, err = fmt.Fprint(cmd.OutOrStdout(), script)
	return err
}
