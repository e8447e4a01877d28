package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/audioio"
)

func newDevices() *cobra.Command {
	var (
		asJSON bool
		f      runFlags
	)
	cmd := &cobra.Command{
		Use:   "devices",
		Short: "List what can be recorded",
		Long: `Devices lists the microphones of the sound server: the default one is marked
with *. Monitors record what a loudspeaker plays; virtual devices are made by
software, Stillmic Microphone among them; a loop gets its audio from that and cannot
be chosen. Exit code 3: no sound server.`,
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := f.loadConfig()
			if err != nil {
				return err
			}
			srv, err := backend(cfg).Dial(cmd.Context())
			if err != nil {
				return err
			}
			list, err := srv.Devices()
			if cerr := srv.Close(); err == nil {
				err = cerr
			}
			if err != nil {
				return err
			}
			if asJSON {
				if list == nil {
					list = []audioio.Device{} // [] rather than null
				}
				return printJSON(cmd, list)
			}
			return printDevices(cmd, list)
		},
	}
	configFlag(cmd, &f.config)
	jsonFlag(cmd, &asJSON)
	return cmd
}

func printDevices(cmd *cobra.Command, list []audioio.Device) error {
	if len(list) == 0 {
		fmt.Fprintln(cmd.OutOrStdout(), "the sound server has no microphone")
		return nil
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, " \tNAME\tDESCRIPTION\tKIND\tFORMAT")
	for _, d := range list {
		mark, kind := " ", "microphone"
		if d.Default {
			mark = "*"
		}
		switch {
		case d.Monitor:
			kind = "monitor"
		case d.Loop != "":
			kind = "loop by " + d.Loop
		case d.Virtual:
			kind = "virtual"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d Hz, %d ch\n", mark, d.Name, d.Description, kind, d.Rate, d.Channels)
	}
	return w.Flush()
}
