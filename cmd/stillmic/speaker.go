package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/speaker"
	"github.com/stillmic/stillmic/daemon/strength"
)

func newSpeaker() *cobra.Command {
	cmd := setting{
		use: "speaker [on|off]", short: "Remove the noise of what others say",
		long: `Speaker on publishes an output, "Stillmic Speaker": choose it as the loudspeaker
of a call, and the noise of the others is removed from what you hear, 10 ms and a
buffer later. Music is left alone. The sound is played on the system's default
output, or on the one that "stillmic speaker device" chooses. While nobody plays
nothing is done. With PortAudio a virtual cable stands for it: speaker.cable in the
configuration. It holds after a restart. Exit code 3: Stillmic is not running.`,
		candidates: words("on", "off"),
		set: func(ctx context.Context, c *control.Client, value string) (control.Status, error) {
			on := value == "on"
			if !on && value != "off" {
				return control.Status{}, usageError{fmt.Errorf("invalid value %q: use on or off, strength or device", value)}
			}
			s, err := c.SetSpeaker(ctx, control.SpeakerChange{On: &on})
			return settled(ctx, c, s, err, func(s control.Status) bool { return (s.Speaker.State != speaker.Off) == on })
		},
		show: showSpeaker,
		json: speakerJSON,
	}.command()
	cmd.AddCommand(newSpeakerStrength(), newSpeakerDevice())
	return cmd
}

func newSpeakerStrength() *cobra.Command {
	return setting{
		use: "strength [VALUE]", short: "Show or set how much of the others' noise is removed",
		long: `Strength sets how much of the others' noise is removed:
` + strength.Allowed + `. It holds after a restart.
Exit code 3: Stillmic is not running.`,
		candidates: words(strength.Names()...),
		set: func(ctx context.Context, c *control.Client, value string) (control.Status, error) {
			if _, err := strength.Parse(value); err != nil {
				return control.Status{}, usageError{err}
			}
			return c.SetSpeaker(ctx, control.SpeakerChange{Strength: &value})
		},
		show: func(w io.Writer, s control.Status) { fmt.Fprintln(w, s.Speaker.Strength) },
		json: speakerJSON,
	}.command()
}

func newSpeakerDevice() *cobra.Command {
	var list bool
	cmd := setting{
		use: "device [NAME]", short: "Show or choose the output to play on",
		long: `Device chooses the output on which Stillmic Speaker plays, by a name that --list
shows; "default" follows the system's default output. While it is not there, the
default output is used. It holds after a restart. Exit code 3: Stillmic is not
running.`,
		candidates: func(ctx context.Context, c *control.Client) []string {
			names := []string{"default\tthe system's default"}
			outputs, _ := c.Outputs(ctx) // without a daemon there is only one to offer
			for _, o := range outputs {
				names = append(names, o.Name+"\t"+o.Description)
			}
			return names
		},
		set: func(ctx context.Context, c *control.Client, value string) (control.Status, error) {
			if value == "default" {
				value = ""
			}
			s, err := c.SetSpeaker(ctx, control.SpeakerChange{Device: &value})
			return s, deviceError(err)
		},
		show: func(w io.Writer, s control.Status) {
			if s.Speaker.Device == "" {
				fmt.Fprintln(w, "the system's default"+now(s.Speaker.Output))
				return
			}
			fmt.Fprintln(w, s.Speaker.Device)
		},
		json: speakerJSON,
	}.command()
	cmd.Flags().BoolVar(&list, "list", false, "list the outputs")
	choose := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case !list:
			return choose(cmd, args)
		case len(args) > 0:
			return usageError{errors.New("--list takes no name")}
		}
		return listOutputs(cmd)
	}
	return cmd
}

// listOutputs prints what can be played on.
func listOutputs(cmd *cobra.Command) error {
	c, err := client()
	if err != nil {
		return err
	}
	outputs, err := c.Outputs(cmd.Context())
	if err != nil {
		return err
	}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return printJSON(cmd, outputs)
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tDESCRIPTION")
	for _, o := range outputs {
		fmt.Fprintf(w, "%s\t%s\n", printable.Text(o.Name), printable.Text(o.Description))
	}
	return w.Flush()
}

func speakerJSON(s control.Status) any { return map[string]any{"speaker": s.Speaker} }

func showSpeaker(w io.Writer, s control.Status) { fmt.Fprintln(w, speakerText(s.Speaker)) }

// speakerText says what becomes of what others say.
func speakerText(s control.Speaker) string {
	if !s.On {
		return "off"
	}
	text := "on, " + s.Strength
	switch s.State {
	case speaker.Running:
		return text + ": " + speakerWork(s) + onOutput(s.Output) + playedBy(s.Apps)
	case speaker.Suspended:
		return text + ": no app plays into " + cmp.Or(printable.Text(s.Cable), "it")
	case speaker.NoOutput:
		return text + ": there is no output to play on" + loopText(s.Loop)
	case speaker.Waiting:
		return text + ": waiting: " + printable.Text(s.Reason)
	case speaker.Impossible:
		return text + ": not possible: " + printable.Text(s.Reason)
	default:
		return text + ": " + string(s.State)
	}
}

// speakerWork says what is done to the sound.
func speakerWork(s control.Speaker) string {
	switch {
	case s.Passing:
		return "passing unchanged"
	case s.Music:
		return "music, left alone"
	case s.StrengthDB == 0:
		return "unchanged"
	}
	return fmt.Sprintf("%.1f dB removed between words", s.RemovedDB)
}

func onOutput(name string) string {
	if name == "" {
		return ""
	}
	return ", on " + printable.Text(name)
}

// now names what follows a default now.
func now(name string) string {
	if name == "" {
		return ""
	}
	return ", now " + printable.Text(name)
}

func playedBy(apps []string) string {
	if len(apps) == 0 {
		return ""
	}
	return ", from " + printable.Text(strings.Join(apps, ", "))
}

func loopText(name string) string {
	if name == "" {
		return ""
	}
	return "; " + printable.Text(name) + " plays into Stillmic Speaker itself"
}
