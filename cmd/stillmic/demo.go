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

// demoFlags are what the command line says.
type demoFlags struct {
	asJSON                   bool
	server, out              string
	seconds, snr, minutes    float64
	strength, model, latency string // of stillmic run
}

func newDemo() *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:    "demo",
		Short:  "Show on a private sound server what it does",
		Long:   demoHelp,
		Args:   atMost(0),
		Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			err := runDemo(cmd, f)
			if errors.Is(err, demo.ErrShort) {
				return usageError{err}
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.server, "server", string(soundserver.PulseAudio), "pulseaudio or pipewire")
	flags.StringVar(&f.out, "out", filepath.Join(os.TempDir(), "stillmic-demo"), "`folder` for the recordings and the picture")
	flags.Float64Var(&f.seconds, "seconds", 20, "length of the recording")
	flags.Float64Var(&f.snr, "snr", 5, "level of the voice over the noise in dB")
	flags.Float64Var(&f.minutes, "minutes", 0, "measure delay and losses for so long")
	flags.StringVar(&f.strength, "strength", "", "as in stillmic run")
	flags.StringVar(&f.model, "model", "", "as in stillmic run")
	flags.StringVar(&f.latency, "latency", "", "as in stillmic run")
	jsonFlag(cmd, &f.asJSON)
	return cmd
}

func runDemo(cmd *cobra.Command, f demoFlags) error {
	kinds := []soundserver.Kind{soundserver.PulseAudio, soundserver.PipeWire}
	if !slices.Contains(kinds, soundserver.Kind(f.server)) {
		return usageError{fmt.Errorf("--server: %q is unknown; use pulseaudio or pipewire", f.server)}
	}
	if !(math.Abs(f.snr) <= 60) { // or not a number
		return usageError{fmt.Errorf("--snr: %g dB cannot be measured; use -60 to 60", f.snr)}
	}
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the program itself: %w", err)
	}
	o := demo.Options{
		Exe: exe, Kind: soundserver.Kind(f.server), OutDir: f.out, SNR: f.snr,
		Length: time.Duration(f.seconds * float64(time.Second)), Log: os.Stderr,
	}
	for _, flag := range []struct{ name, value string }{
		{"--strength", f.strength}, {"--model", f.model}, {"--latency", f.latency},
	} {
		if flag.value != "" {
			o.Args = append(o.Args, flag.name, flag.value)
		}
	}
	if cmd.Flags().Changed("minutes") {
		o.Length = time.Duration(f.minutes * float64(time.Minute))
		return endure(cmd, o, f.asJSON)
	}
	return show(cmd, o, f.asJSON)
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
