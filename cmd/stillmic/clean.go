package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/daemon"
	"github.com/stillmic/stillmic/daemon/clean"
)

const cleanHelp = `Clean removes the noise from a recording. IN is a WAV or FLAC file of any rate
and number of channels; OUT has its format (or is FLAC if its name says .flac) and
exactly its length, and is put in its place only when it is complete. IN is not touched unless it is OUT
and --in-place says so. A truncated recording is refused unless --force is given.`

func newClean() *cobra.Command {
	var (
		asJSON          bool
		strength, model string
		background      bool
		o               clean.Options
	)
	cmd := &cobra.Command{
		Use:   "clean IN OUT",
		Short: "Clean a recording",
		Long:  cleanHelp,
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if background {
				if err := daemon.LowerPriority(); err != nil {
					return err
				}
			}
			if o.Strength, err = daemon.ParseStrength(strength); err != nil {
				return usageError{fmt.Errorf("--strength: %w", err)}
			}
			m, err := loadModel(model)
			if err != nil {
				return err
			}
			o.NewProcessor = m.newProcessor
			r, err := clean.File(cmd.Context(), args[0], args[1], o)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd, r)
			}
			report(cmd, args[1], r)
			return nil
		},
	}
	cmd.Flags().StringVar(&strength, "strength", daemon.Max.String(), "how much to remove: "+daemon.StrengthNames)
	cmd.Flags().StringVar(&model, "model", "", "weight `file` to use instead of the built-in network")
	cmd.Flags().StringVar(&o.Picture, "picture", "", "draw spectrograms of before and after into a PNG `file`")
	cmd.Flags().BoolVar(&o.InPlace, "in-place", false, "allow OUT to be IN")
	cmd.Flags().BoolVar(&o.Force, "force", false, "clean what is there of a truncated recording")
	cmd.Flags().BoolVar(&background, "background", false, "let every other program go first")
	jsonFlag(cmd, &asJSON)
	return cmd
}

// report says in a line what was done, and what a person should know.
func report(cmd *cobra.Command, out string, r clean.Result) {
	fmt.Fprintf(cmd.OutOrStdout(), "%s: %.2f s, %d Hz, %d channels\n", out, r.Seconds, r.Rate, r.Channels)
	warn := func(n int64, what string) {
		if n > 0 {
			fmt.Fprintf(cmd.ErrOrStderr(), "stillmic: %d samples %s\n", n, what)
		}
	}
	warn(r.Replaced, "were no numbers and were taken as silence")
	warn(r.Clipped, "were beyond full scale and were cut")
	if r.Truncated {
		fmt.Fprintln(cmd.ErrOrStderr(), "stillmic: the recording is truncated; what was there was cleaned")
	}
}
