package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/daemon/doctor"
)

func newDoctor() *cobra.Command {
	var (
		asJSON bool
		f      runFlags
	)
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check the setup and say how to fix it",
		Long: `Doctor looks for the common faults and prints the remedy for each. Exit code 1:
something keeps stillmic from working.`,
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, mistake, err := f.loadToRun()
			if err != nil {
				return err
			}
			if f.device != "" {
				cfg.Microphone.Device = f.device
			}
			list := doctor.Examine(cmd.Context(), doctor.Options{
				Backend: backend(cfg),
				Device:  cfg.Microphone.Device,
				MicName: cfg.Output.Name,
				Extra:   append([]doctor.Finding{buildFinding()}, configFinding(mistake)...),
			})
			if asJSON {
				err = printJSON(cmd, list)
			} else {
				printFindings(cmd, list)
			}
			if err == nil && doctor.Worst(list) == doctor.Fail {
				return silentError(exitFailed)
			}
			return err
		},
	}
	configFlag(cmd, &f.config)
	cmd.Flags().StringVar(&f.device, "device", "", "microphone to look at, as in stillmic run")
	jsonFlag(cmd, &asJSON)
	return cmd
}

func printFindings(cmd *cobra.Command, list []doctor.Finding) {
	w := cmd.OutOrStdout()
	for _, f := range list {
		fmt.Fprintf(w, "%-8s %s: %s\n", f.Level, f.Check, f.Found)
		if f.Remedy != "" {
			fmt.Fprintf(w, "         -> %s\n", f.Remedy)
		}
	}
}

// configFinding says what is wrong with the settings file, if anything.
func configFinding(mistake error) []doctor.Finding {
	if mistake == nil {
		return nil
	}
	return []doctor.Finding{{Check: "settings file", Level: doctor.Warn, Found: mistake.Error(),
		Remedy: "mend that, then: stillmic service restart; until then Stillmic goes on with the last good settings"}}
}

// buildFinding says which back ends are in this program.
func buildFinding() doctor.Finding {
	return doctor.Finding{Check: "build", Level: doctor.OK, Found: "stillmic " + version() + ", " + backends}
}
