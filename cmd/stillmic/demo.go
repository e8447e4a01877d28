package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/daemon/demo"
)

const demoHelp = `Demo shows stillmic at work where there is no sound server: it starts a private
one, plays a noisy voice into its microphone, runs stillmic on it, records
Stillmic Microphone and prints what was measured. It needs the programs
pulseaudio (or pipewire, wireplumber, pipewire-pulse) and espeak-ng.

With --minutes it measures instead whether the delay grows and whether anything
is lost in a long run.`

func newDemo() *cobra.Command {
	var (
		asJSON          bool
		server, out     string
		seconds, snr    float64
		minutes         float64
		strength, model string
		latency         string
	)
	cmd := &cobra.Command{
		Use:    "demo",
		Short:  "Show on a private sound server what it does",
		Long:   demoHelp,
		Args:   atMost(0),
		Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			kinds := []soundserver.Kind{soundserver.PulseAudio, soundserver.PipeWire}
			if !slices.Contains(kinds, soundserver.Kind(server)) {
				return usageError{fmt.Errorf("--server: %q is unknown; use pulseaudio or pipewire", server)}
			}
			if !(math.Abs(snr) <= 60) { // or not a number
				return usageError{fmt.Errorf("--snr: %g dB cannot be measured; use -60 to 60", snr)}
			}
			exe, err := os.Executable()
			if err != nil {
				return fmt.Errorf("find the program itself: %w", err)
			}
			o := demo.Options{
				Exe: exe, Kind: soundserver.Kind(server), OutDir: out, SNR: snr,
				Length: time.Duration(seconds * float64(time.Second)), Log: os.Stderr,
			}
			if strength != "" {
				o.Args = append(o.Args, "--strength", strength)
			}
			if model != "" {
				o.Args = append(o.Args, "--model", model)
			}
			if latency != "" {
				o.Args = append(o.Args, "--latency", latency)
			}
			if cmd.Flags().Changed("minutes") {
				o.Length = time.Duration(minutes * float64(time.Minute))
				err = endure(cmd, o, asJSON)
			} else {
				err = show(cmd, o, asJSON)
			}
			if errors.Is(err, demo.ErrShort) {
				return usageError{err}
			}
			return err
		},
	}
	cmd.Flags().StringVar(&server, "server", string(soundserver.PulseAudio), "pulseaudio or pipewire")
	cmd.Flags().StringVar(&out, "out", filepath.Join(os.TempDir(), "stillmic-demo"),
		"`folder` for the recordings and the picture")
	cmd.Flags().Float64Var(&seconds, "seconds", 20, "length of the recording")
	cmd.Flags().Float64Var(&snr, "snr", 5, "level of the voice over the noise in dB")
	cmd.Flags().Float64Var(&minutes, "minutes", 0, "measure delay and losses for so long")
	cmd.Flags().StringVar(&strength, "strength", "", "as in stillmic run")
	cmd.Flags().StringVar(&model, "model", "", "as in stillmic run")
	cmd.Flags().StringVar(&latency, "latency", "", "as in stillmic run")
	jsonFlag(cmd, &asJSON)
	return cmd
}

func show(cmd *cobra.Command, o demo.Options, asJSON bool) error {
	r, err := demo.Run(cmd.Context(), o)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(cmd, r)
	}
	w := cmd.OutOrStdout()
	fmt.Fprintf(w, "a noisy voice through Stillmic Microphone, on a private %s:\n", r.Server)
	fmt.Fprintf(w, "  noise below the voice    %.1f dB lower in pauses\n", r.NoiseRemovedDB)
	fmt.Fprintf(w, "  level of the voice       %+.1f dB\n", r.SpeechChangeDB)
	fmt.Fprintf(w, "  SI-SDR                   %.1f dB before, %.1f dB after\n", r.SISDRBefore, r.SISDRAfter)
	fmt.Fprintf(w, "  added latency            %.1f ms, end to end\n", r.LatencyMS)
	fmt.Fprintf(w, "  CPU                      %.1f %% of one core\n", r.CPUPercent)
	fmt.Fprintf(w, "  before                   %s\n", r.Before)
	fmt.Fprintf(w, "  after                    %s\n", r.After)
	fmt.Fprintf(w, "  picture                  %s\n", r.Picture)
	return nil
}

func endure(cmd *cobra.Command, o demo.Options, asJSON bool) error {
	r, err := demo.Endure(cmd.Context(), o)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(cmd, r)
	}
	w := cmd.OutOrStdout()
	fmt.Fprintf(w, "%.0f s of Stillmic Microphone on a private %s:\n", r.Seconds, r.Server)
	fmt.Fprintf(w, "  added latency   %.1f ms in the first 10 s, %.1f ms in the last, %.1f ms at most\n", r.FirstMS, r.LastMS,
		r.WorstMS)
	fmt.Fprintf(w, "  gaps and clicks %d (%d in the fake microphone itself)\n", r.Clicks, r.MicClicks)
	fmt.Fprintf(w, "  unexplained     %d: no stall of the machine and no click of the microphone\n", r.Unexplained)
	fmt.Fprintf(w, "  machine         %s\n", r.Stalls)
	return nil
}
