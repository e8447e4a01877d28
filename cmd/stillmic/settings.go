package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/strength"
)

func newStrength() *cobra.Command {
	cmd := setting{
		use: "strength [VALUE]", short: "Show or set how much noise is removed",
		long: `Strength sets how much noise is removed: ` + strength.Allowed + `.
It holds after a restart, until the configuration file says something else. Without
VALUE it shows what is set now. Exit code 3: Stillmic is not running.`,
		candidates: words(strength.Names()...),
		set: func(ctx context.Context, c *control.Client, value string) (control.Status, error) {
			if _, err := strength.Parse(value); err != nil {
				return control.Status{}, usageError{err}
			}
			return c.SetStrength(ctx, value)
		},
		show: func(w io.Writer, s control.Status) {
			if s.StrengthDB >= float64(strength.Max) {
				fmt.Fprintf(w, "%s, without limit\n", s.Strength)
				return
			}
			fmt.Fprintf(w, "%s, %g dB at most\n", s.Strength, s.StrengthDB)
		},
		json: func(s control.Status) any {
			return map[string]any{"strength": s.Strength, "strength_db": s.StrengthDB}
		},
	}.command()
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		// A strength below 0 looks like a flag.
		if unknown := (*pflag.NotExistError)(nil); errors.As(err, &unknown) {
			if name := flagName(unknown); strings.ContainsAny(name, "0123456789") {
				_, err := strength.Parse(name)
				return err
			}
		}
		return explainFlag(cmd, err)
	})
	return cmd
}

func newBypass() *cobra.Command {
	return setting{
		use: "bypass [on|off|toggle]", short: "Turn noise removal off, or on again",
		long: `Bypass on turns noise removal off: callers hear your room, with the same delay.
Bypass off removes noise again, and toggle switches to the other. It holds until
you log out. Exit code 3: Stillmic is not running.`,
		candidates: words("on", "off", "toggle"),
		set:        onOffToggle(func(s control.Status) bool { return s.Bypass }, (*control.Client).SetBypass),
		show:       func(w io.Writer, s control.Status) { fmt.Fprintf(w, "bypass %s\n", switchText(s.Bypass)) },
		json:       func(s control.Status) any { return map[string]any{"bypass": s.Bypass} },
	}.command()
}

func newMute() *cobra.Command {
	return setting{
		use: "mute [on|off|toggle]", short: "Mute the microphone, or unmute it",
		long: `Mute on lets callers hear silence, off unmutes, and toggle switches to the other:
bind it to a key. It holds until you log out, also when Stillmic is restarted. The
talk button may mute as well. Exit code 3: Stillmic is not running.`,
		candidates: words("on", "off", "toggle"),
		set:        onOffToggle(func(s control.Status) bool { return s.Mute }, (*control.Client).SetMute),
		show: func(w io.Writer, s control.Status) {
			fmt.Fprintf(w, "mute %s\n", switchText(s.Mute))
			if s.Silent && !s.Mute {
				fmt.Fprintln(w, "silent all the same: "+string(s.Talk.Mode))
			}
		},
		json: func(s control.Status) any { return map[string]any{"mute": s.Mute, "silent": s.Silent} },
	}.command()
}

func newTalk() *cobra.Command {
	return setting{
		use: "talk [off|push-to-talk|push-to-mute|press|release]", short: "Push to talk: set it, press and release",
		long: `Talk push-to-talk mutes the microphone unless the talk button is pressed,
push-to-mute while it is pressed; off turns the button off. The mode holds after a
restart. Let your desktop run "stillmic talk press" when a key goes down and
"stillmic talk release" when it comes up. Exit code 3: Stillmic is not running.`,
		candidates: words("off", "push-to-talk", "push-to-mute", "press", "release"),
		set: func(ctx context.Context, c *control.Client, value string) (control.Status, error) {
			if value == "press" || value == "release" {
				pressed := value == "press"
				return c.SetTalk(ctx, control.TalkChange{Pressed: &pressed})
			}
			var mode control.TalkMode
			if err := mode.UnmarshalText([]byte(value)); err != nil {
				return control.Status{}, usageError{fmt.Errorf("%w, or press or release", err)}
			}
			return c.SetTalk(ctx, control.TalkChange{Mode: &mode})
		},
		show: func(w io.Writer, s control.Status) {
			sound := "open"
			if s.Silent {
				sound = "silent"
			}
			fmt.Fprintf(w, "%s: the microphone is %s\n", talkText(s.Talk), sound)
		},
		json: func(s control.Status) any { return map[string]any{"talk": s.Talk, "silent": s.Silent} },
	}.command()
}

// talkText is the talk button in words.
func talkText(t control.Talk) string {
	switch {
	case t.Mode == control.TalkOff:
		return string(t.Mode)
	case t.Pressed:
		return string(t.Mode) + ", pressed"
	}
	return string(t.Mode) + ", released"
}

func newDevice() *cobra.Command {
	var channel int
	cmd := setting{
		use: "device [NAME]", short: "Show or choose your microphone",
		long: `Device chooses the microphone from which noise is removed, by a name that
"stillmic devices" lists; "default" follows the system's default. It changes at
once and holds after a restart. Of an interface with several inputs the one with
the voice is used, or with --channel the one of that number. Exit code 3: Stillmic
is not running.`,
		candidates: func(ctx context.Context, c *control.Client) []string {
			list, _ := c.Devices(ctx) // without a daemon there is only one to offer
			names := []string{"default\tthe system's default"}
			st, _ := c.Status(ctx)
			for _, d := range list {
				if !d.Monitor && d.Name != st.Sink && d.Loop == "" {
					names = append(names, d.Name+"\t"+d.Description)
				}
			}
			return names
		},
		set: func(ctx context.Context, c *control.Client, value string) (control.Status, error) {
			if value == "default" {
				value = ""
			}
			if err := control.CheckChannel(channel); err != nil {
				return control.Status{}, usageError{fmt.Errorf("--channel: %w", err)}
			}
			s, err := c.SetDevice(ctx, value, channel)
			return settled(ctx, c, s, deviceError(err), func(s control.Status) bool {
				// Where Stillmic Microphone is the default itself, the one before is used.
				return value != "" || s.DefaultSource == s.Sink || s.Source == s.DefaultSource
			})
		},
		show: func(w io.Writer, s control.Status) {
			if s.Device == "" {
				fmt.Fprintf(w, "the system's default, now %s%s\n", cmp.Or(s.Source, "none"), channelText(s.Channel))
				return
			}
			fmt.Fprintln(w, s.Device+channelText(s.Channel))
		},
		json: func(s control.Status) any {
			return map[string]any{"device": s.Device, "channel": s.Channel, "source": s.Source}
		},
	}.command()
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 && cmd.Flags().Changed("channel") {
			return usageError{errors.New(`--channel needs the microphone: stillmic device NAME --channel 2, or "default"`)}
		}
		return nil
	}
	cmd.Flags().IntVar(&channel, "channel", 0, "which `input` of an interface, from 1 on; 0: the one with the voice")
	return cmd
}

// channelText names the channel of a microphone where one was chosen.
func channelText(channel int) string {
	if channel == 0 {
		return ""
	}
	return fmt.Sprintf(", channel %d", channel)
}

func newDefault() *cobra.Command {
	return setting{
		use: "default [on|off]", short: "Use Stillmic Microphone in all apps",
		long: `Default on makes Stillmic Microphone the system's default microphone, now and
whenever it runs; off gives the one before back, as Stillmic does when it ends.
Exit code 3: Stillmic is not running.`,
		candidates: words("on", "off"),
		set: func(ctx context.Context, c *control.Client, value string) (control.Status, error) {
			s, err := onOff((*control.Client).SetDefault)(ctx, c, value)
			return settled(ctx, c, s, err, func(s control.Status) bool { return (s.DefaultSource == s.Sink) == (value == "on") })
		},
		show: func(w io.Writer, s control.Status) {
			fmt.Fprintf(w, "the system's default microphone is %s\n", s.DefaultSource)
		},
		json: func(s control.Status) any { return map[string]any{"default_source": s.DefaultSource} },
	}.command()
}
