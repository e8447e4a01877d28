package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/daemon/control"
)

func newStatus() *cobra.Command {
	var asJSON, verbose bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show what the microphone is doing",
		Long: `Status shows what callers hear, which microphone is used and what is set. With
--verbose it shows times and counts, too. Exit code 3: Stillmic is not running.`,
		Args: atMost(0),
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
			if verbose {
				printTimes(cmd.OutOrStdout(), s)
			}
			return nil
		},
	}
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "show times and counts, too")
	jsonFlag(cmd, &asJSON)
	return cmd
}

func printStatus(w io.Writer, s control.Status) {
	fmt.Fprintf(w, "state       %s: %s%s\n", s.State, callersHear(s), usedBy(s))
	if s.Source == "" {
		fmt.Fprintln(w, "microphone  none")
	} else {
		fmt.Fprintf(w, "microphone  %s (%s)%s\n", s.SourceDescription, s.Source, channelText(s.Channel))
	}
	fmt.Fprintf(w, "strength    %s, %.1f dB removed between words\n", s.Strength, s.NoiseReductionDB)
	if s.Preset != "" {
		fmt.Fprintf(w, "preset      %s\n", s.Preset)
	}
	if s.Talk.Mode != control.TalkOff {
		fmt.Fprintf(w, "talk        %s\n", talkText(s.Talk))
	}
	if s.Rules != "" {
		fmt.Fprintf(w, "rules       %s\n", s.Rules)
	}
	fmt.Fprintf(w, "echo        %s\n", echoText(s.Echo))
	fmt.Fprintf(w, "focus       %s\n", focusText(s.Focus))
	if s.Speaker.On {
		fmt.Fprintf(w, "speaker     %s\n", speakerText(s.Speaker))
	}
	if s.State != control.Suspended { // nothing is delayed
		fmt.Fprintf(w, "latency     %.1f ms\n", s.LatencyMS)
	}
	fmt.Fprintf(w, "network     %s, latency %s\n", networkText(s), s.Budget)
	fmt.Fprintf(w, "dropouts    %d\n", s.Xruns+s.Underruns+s.Overruns)
	for _, n := range s.Notices {
		fmt.Fprintf(w, "notice      %s\n", printable.Text(n))
	}
	if s.Replaced {
		fmt.Fprintln(w, "update      installed; it takes over when no app uses the microphone; at once: stillmic service restart")
	}
}

// printTimes prints what is for experts.
func printTimes(w io.Writer, s control.Status) {
	fmt.Fprintf(w, "daemon      %s: %s\n", s.State, s.Reason)
	fmt.Fprintf(w, "output      %s, %s on %s\n", s.Sink, s.Path, s.Server)
	fmt.Fprintf(w, "delays      capture %.1f ms, ring %.1f ms, network %.1f ms, output %.1f ms\n",
		s.Latency.CaptureMS, s.Latency.RingMS, s.Latency.AlgorithmMS, s.Latency.SinkMS)
	fmt.Fprintf(w, "hop         %.0f us median, %.0f us p99, %.0f us slowest, of 10000\n", s.FrameUS.P50, s.FrameUS.P99,
		s.FrameUS.Max)
	fmt.Fprintf(w, "counts      %d xruns, %d underruns, %d overruns, %d late of %d hops\n",
		s.Xruns, s.Underruns, s.Overruns, s.MissedDeadlines, s.Frames)
	if k := s.Speaker; k.On {
		fmt.Fprintf(w, "speaker     delay %.1f ms, %d underruns, %d samples dropped, %d late of %d hops\n",
			k.DelayMS, k.Underruns, k.Dropped, k.Missed, k.Hops)
	}
	fmt.Fprintf(w, "version     %s, pid %d, up %.0f s\n", s.Version, s.PID, s.UptimeS)
}

// callersHear says what callers hear, or why they hear nothing.
func callersHear(s control.Status) string {
	switch s.State {
	case control.Running, control.Suspended, control.Degraded:
	default:
		return s.Reason
	}
	switch {
	case s.Silent && s.Talk.Mode != control.TalkOff && !s.Mute:
		return "muted by the talk button: callers hear silence"
	case s.Silent || s.Mute:
		return "muted: callers hear silence"
	case s.SourceMuted || s.SinkMuted: // a notice says which
		return "muted in the system's sound settings: callers hear silence"
	case s.State == control.Degraded:
		return s.Reason
	case s.Bypass:
		return "noise removal is off: callers hear your room"
	case s.StrengthDB == 0:
		return "strength is off: callers hear your room"
	case s.State == control.Suspended:
		return "your microphone is off until an app uses it"
	}
	return "removing noise"
}

// usedBy says which programs record, if that is known.
func usedBy(s control.Status) string {
	if apps := s.UsedBy(); apps != "" {
		return ", used by " + printable.Text(apps)
	}
	return ""
}

// networkText names the network, and what is in its place on battery, or while the machine
// is too slow.
func networkText(s control.Status) string {
	if s.InUse == s.Model {
		return s.Model
	}
	return fmt.Sprintf("%s (now %s)", s.Model, s.InUse)
}
