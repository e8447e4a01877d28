package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/daemon/bench"
)

// processStart is as early as the program can look at a clock.
var processStart = time.Now()

const benchHelp = `Bench measures what one frame of 10 ms costs on this machine, from analysis to
synthesis, on one thread and on speech-like input.`

func newBench() *cobra.Command {
	var (
		asJSON        bool
		seconds       float64
		kernel, model string
	)
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure the cost of a frame",
		Long:  benchHelp,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if seconds < 1 {
				return usageError{errors.New("--seconds: 1 at least")}
			}
			if err := useKernel(kernel); err != nil {
				return usageError{fmt.Errorf("--kernel: %w", err)}
			}
			m, err := loadModel(model)
			if err != nil {
				return err
			}
			r, err := bench.Run(bench.Options{Seconds: seconds, Started: processStart, NewProcessor: m.newProcessor, MACs: m.macs()})
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd, r)
			}
			w := cmd.OutOrStdout()
			fmt.Fprintf(w, "frame of 10 ms  %.0f us median, %.0f us p90, %.0f us p99, %.0f us max, %d frames\n",
				r.FrameUS.P50, r.FrameUS.P90, r.FrameUS.P99, r.FrameUS.Max, r.Frames)
			fmt.Fprintf(w, "one core        %.1f %% while streaming\n", 100*r.RealTimeFactor)
			fmt.Fprintf(w, "allocations     %.2f per frame\n", r.AllocsPerFrame)
			fmt.Fprintf(w, "network         %d multiply-adds per frame, kernel %s\n", r.MACsPerFrame, r.Kernel)
			fmt.Fprintf(w, "start           %.0f ms to the first clean frame\n", r.StartMS)
			fmt.Fprintf(w, "memory          %.1f MB resident\n", r.RSSMB)
			return nil
		},
	}
	cmd.Flags().Float64Var(&seconds, "seconds", 20, "seconds of audio to run")
	cmd.Flags().StringVar(&kernel, "kernel", "", "arithmetic to use (default: the fastest here)")
	modelFlag(cmd, &model)
	jsonFlag(cmd, &asJSON)
	return cmd
}
