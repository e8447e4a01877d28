package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/measure"
	"github.com/stillmic/stillmic/model"
)

const measureHelp = `Measure takes recordings of any format that clean takes.

With REF, the clean recording, it measures how much of its voice is left in TEST:
SI-SDR and segmental SNR in dB, STOI and ESTOI (intelligibility, up to 1). The
delay between the two, up to half a second, is found and removed first. Recordings
longer than 5 minutes are measured in pieces of 5 minutes; the mean is shown.

With TEST alone it measures loudness (EBU R 128), true peak, noise floor (level of
the quietest 5 %), and, by the network's guess of what is speech, the share of
speech and an estimate of the SNR. TEST can be -, the standard input.`

func newMeasure() *cobra.Command {
	var (
		asJSON bool
		f      networkFlags
	)
	cmd := &cobra.Command{
		Use:   "measure [REF] TEST",
		Short: "Measure the quality of a recording",
		Long:  measureHelp,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 {
				return errors.New("name a recording to measure: stillmic measure talk.wav, or clean.wav talk.wav")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 {
				c, err := measure.Compare(cmd.Context(), args[0], args[1])
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(cmd, c)
				}
				printComparison(cmd, c)
				return nil
			}
			m, err := f.load()
			if err != nil {
				return err
			}
			a, err := measure.Analyse(cmd.Context(), args[0], model.NewSuppressor(m.weights))
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd, a)
			}
			printAnalysis(cmd, a)
			return nil
		},
	}
	f.add(cmd, control.Latency40)
	jsonFlag(cmd, &asJSON)
	return cmd
}

func printComparison(cmd *cobra.Command, c measure.Comparison) {
	w := cmd.OutOrStdout()
	fmt.Fprintf(w, "SI-SDR         %s dB\n", c.SISDR)
	fmt.Fprintf(w, "segmental SNR  %s dB\n", c.SegmentalSNR)
	fmt.Fprintf(w, "STOI           %.3f\n", c.STOI)
	fmt.Fprintf(w, "ESTOI          %.3f\n", c.ESTOI)
	fmt.Fprintf(w, "delay          %d samples, %.2f ms\n", c.DelaySamples, c.DelayMS)
	fmt.Fprintf(w, "compared       %.2f s at %d Hz\n", c.Seconds, c.Rate)
}

func printAnalysis(cmd *cobra.Command, a measure.Analysis) {
	w := cmd.OutOrStdout()
	fmt.Fprintf(w, "length         %.2f s, %d Hz, %s\n", a.Seconds, a.Rate, channelsText(a.Channels))
	fmt.Fprintf(w, "loudness       %s LUFS integrated, %s short-term max, %s momentary max\n", a.Integrated, a.ShortTerm,
		a.Momentary)
	fmt.Fprintf(w, "loudness range %s LU\n", a.Range)
	fmt.Fprintf(w, "true peak      %s dBTP\n", a.TruePeak)
	fmt.Fprintf(w, "noise floor    %s dBFS\n", a.NoiseFloor)
	fmt.Fprintf(w, "speech         %.0f %% of the time\n", 100*a.Speech)
	fmt.Fprintf(w, "SNR            %s dB, estimated\n", a.SNR)
}

// channelsText says how many channels there are, as people do.
func channelsText(n int) string {
	switch n {
	case 1:
		return "mono"
	case 2:
		return "stereo"
	}
	return fmt.Sprintf("%d channels", n)
}
