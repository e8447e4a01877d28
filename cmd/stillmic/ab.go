package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/daemon/control"
)

const abHelp = `Ab records the microphone before and after for 10 s, plays both through the
default output, and says what changed. Speak, be quiet, and make the noise that
bothers you. The recording stays on this computer, for you alone, in
XDG_STATE_HOME/stillmic/recording, and is deleted after a day; --delete does it
now. Exit code 3: Stillmic is not running.

With a recording it plays that and its cleaned version, talk-clean.m4a beside
talk.m4a unless AFTER is named: space changes the side, q ends it. Without a
terminal it plays some seconds of each.`

func newAB() *cobra.Command {
	var (
		seconds                float64
		asJSON, silent, remove bool
	)
	cmd := &cobra.Command{
		Use:   "ab [RECORDING [AFTER]]",
		Short: "Hear before and after: 10 s of you, or a recording",
		Long:  abHelp,
		Args:  atMost(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !(seconds >= 1 && seconds <= 30) { // or not a number
				return usageError{fmt.Errorf("--seconds: %g; use 1 to 30", seconds)}
			}
			if len(args) > 0 {
				return hearResult(cmd, args, seconds)
			}
			c, err := client()
			if err != nil {
				return err
			}
			if remove {
				_, err := c.DeleteRecording(cmd.Context())
				return err
			}
			say := cmd.ErrOrStderr()
			rec, err := recordAB(cmd.Context(), c, seconds, say)
			if err != nil {
				return err
			}
			if !silent {
				for _, side := range []struct {
					track control.Track
					text  string
				}{
					{control.TrackRaw, "before (as your microphone hears you)"},
					{control.TrackClean, "after (as callers hear you)"},
				} {
					fmt.Fprintln(say, "Playing: "+side.text)
					if err := playTrack(cmd.Context(), c, side.track); err != nil {
						return err
					}
				}
			}
			if asJSON {
				return printJSON(cmd, rec)
			}
			printFigures(cmd.OutOrStdout(), rec.Figures)
			return nil
		},
	}
	cmd.Flags().Float64Var(&seconds, "seconds", 10, "record so many `seconds`, 1 to 30")
	cmd.Flags().BoolVar(&silent, "silent", false, "do not play it")
	cmd.Flags().BoolVar(&remove, "delete", false, "delete the recording")
	jsonFlag(cmd, &asJSON)
	return cmd
}

// recordAB makes a recording and waits for it.
func recordAB(ctx context.Context, c *control.Client, seconds float64, say io.Writer) (control.Recording, error) {
	rec, err := c.Record(ctx, seconds)
	if err != nil {
		return rec, err
	}
	fmt.Fprintf(say, "Recording for %g s: speak, then be quiet for a moment.\n", seconds)
	t := time.NewTicker(100 * time.Millisecond)
	defer t.Stop()
	for rec.State == control.RecordActive {
		select {
		case <-ctx.Done():
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			_, _ = c.DeleteRecording(stop) // what was begun is not left
			return rec, fmt.Errorf("recording stopped: %w", ctx.Err())
		case <-t.C:
		}
		if rec, err = c.Recording(ctx); err != nil {
			return rec, err
		}
	}
	if rec.State != control.RecordReady {
		return rec, fmt.Errorf("the recording failed: %s", rec.Reason)
	}
	return rec, nil
}

// playTrack plays one side of the recording.
func playTrack(ctx context.Context, c *control.Client, t control.Track) error {
	stream, err := c.Track(ctx, t)
	if err != nil {
		return err
	}
	defer stream.Close()
	return play(ctx, stream, 1)
}

// printFigures says in two sentences what changed, and gives the figures below.
func printFigures(w io.Writer, f *control.Figures) {
	fmt.Fprintf(w, "Your background noise is %.0f dB quieter.\n", f.NoiseRemovedDB)
	fmt.Fprintln(w, voiceText(f))
	if f.Lost > 0 {
		fmt.Fprintf(w, "%d ms are missing, because the computer was too busy.\n", 10*f.Lost)
	}
	fmt.Fprintf(w, "\nnoise    %.1f dB before, %.1f dB after\n", f.NoiseDB, f.NoiseDB-f.NoiseRemovedDB)
	if f.SpeechPercent > 0 {
		fmt.Fprintf(w, "voice    %.1f dB before, %.1f dB after; %.0f %% of the time\n", f.SpeechDB, f.SpeechDB+f.SpeechKeptDB,
			f.SpeechPercent)
	}
	fmt.Fprintf(w, "latency  %.1f ms\n", f.LatencyMS)
}

// keptWithin is by how many dB the level of a voice may change unnoticed.
const keptWithin = 2

// voiceText says what became of the voice.
func voiceText(f *control.Figures) string {
	switch {
	case f.SpeechPercent == 0:
		return "No voice was heard: speak while it records."
	case f.SpeechKeptDB > keptWithin:
		return fmt.Sprintf("Your voice is %.0f dB louder.", f.SpeechKeptDB)
	case f.SpeechKeptDB < -keptWithin:
		return fmt.Sprintf("Your voice is %.0f dB softer.", -f.SpeechKeptDB)
	}
	return "Your voice was kept."
}
