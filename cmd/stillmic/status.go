package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/daemon/control"
)

func newStatus() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show what the running microphone is doing",
		Long:  "Status asks the running daemon. Exit code 3: none is running.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := client()
			if err != nil {
				return err
			}
			s, err := c.Status(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd, s)
			}
			printStatus(cmd.OutOrStdout(), s)
			return nil
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func printStatus(w io.Writer, s control.Status) {
	fmt.Fprintf(w, "state       %s: %s\n", s.State, s.Reason)
	fmt.Fprintf(w, "microphone  %s (%s)\n", s.SourceDescription, s.Source)
	fmt.Fprintf(w, "output      %s, %s on %s\n", s.Sink, s.Path, s.Server)
	fmt.Fprintf(w, "latency     %.1f ms (capture %.1f, ring %.1f, algorithm %.1f, output %.1f)\n",
		s.LatencyMS, s.Latency.CaptureMS, s.Latency.RingMS, s.Latency.AlgorithmMS, s.Latency.SinkMS)
	fmt.Fprintf(w, "frame time  %.0f us median, %.0f us p99, %.0f us max, of 10000\n", s.FrameUS.P50, s.FrameUS.P99, s.FrameUS.Max)
	fmt.Fprintf(w, "trouble     %d xruns, %d underruns, %d overruns, %d late frames of %d\n", s.Xruns, s.Underruns, s.Overruns, s.MissedDeadlines, s.Frames)
	fmt.Fprintf(w, "strength    %s, %.1f dB removed in pauses\n", s.Strength, s.NoiseReductionDB)
	if s.Rules != "" {
		fmt.Fprintf(w, "rules       %s\n", s.Rules)
	}
	fmt.Fprintf(w, "network     %s, latency %s\n", networkText(s), s.Budget)
	fmt.Fprintf(w, "version     %s, pid %d, up %.0f s\n", s.Version, s.PID, s.UptimeS)
}

// networkText names the network, and what is in its place on battery, or while the machine
// is too slow.
func networkText(s control.Status) string {
	if s.InUse == s.Model {
		return s.Model
	}
	return fmt.Sprintf("%s (now %s)", s.Model, s.InUse)
}
