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

// abFlags are what the command line says.
type abFlags struct {
	seconds                float64
	asJSON, silent, remove bool
}

func newAB() *cobra.Command {
	var f abFlags
	cmd := &cobra.Command{
		Use:   "ab [RECORDING [AFTER]]",
		Short: "Hear before and after: 10 s of you, or a recording",
		Long:  abHelp,
		Args:  atMost(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !(f.seconds >= 1 && f.seconds <= 30) { // or not a number
				return usageError{fmt.Errorf("--seconds: %g; use 1 to 30", f.seconds)}
			}
			if len(args) > 0 {
				return hearResult(cmd, args, f.seconds)
			}
			return runAB(cmd, f)
		},
	}
	cmd.Flags().Float64Var(&f.seconds, "seconds", 10, "record so many `seconds`, 1 to 30")
	cmd.Flags().BoolVar(&f.silent, "silent", false, "do not play it")
	cmd.Flags().BoolVar(&f.remove, "delete", false, "delete the recording")
	jsonFlag(cmd, &f.asJSON)
	return cmd
}

// runAB records, plays both sides and says what changed, or deletes the recording.
func runAB(cmd *cobra.Command, f abFlags) error {
	c, err := client()
	if err != nil {
		return err
	}
	if f.remove {
		_, err := c.DeleteRecording(cmd.Context())
		return err
	}
	say := cmd.ErrOrStderr()
	rec, err := recordAB(cmd.Context(), c, f.seconds, say)
	if err != nil {
		return err
	}
	if !f.silent {
		fmt.Fprintln(say, "Playing: before (as your microphone hears you)")
		if err := playTrack(cmd.Context(), c, control.TrackRaw); err != nil {
			return err
		}
		fmt.Fprintln(say, "Playing: after (as callers hear you)")
		if err := playTrack(cmd.Context(), c, control.TrackClean); err != nil {
			return err
		}
	}
	if f.asJSON {
		return printJSON(cmd, rec)
	}
	printFigures(cmd.OutOrStdout(), rec.Figures)
	return nil
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
