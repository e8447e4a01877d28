package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/paths"
)

// client returns a client of this user's daemon.
func client() (*control.Client, error) {
	dir, err := paths.RuntimeDir()
	if err != nil {
		return nil, err
	}
	return control.NewClient(dir), nil
}

// setting is a command that shows something of the status, or changes it if it
// is given a value.
type setting struct {
	use, short, long string
	candidates       func(ctx context.Context, c *control.Client) []string // for the shell
	set              func(ctx context.Context, c *control.Client, value string) (control.Status, error)
	show             func(w io.Writer, s control.Status)
	json             func(s control.Status) any
}

func (s setting) command() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: s.use, Short: s.short, Long: s.long,
		Args: atMost(1),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			c, err := client()
			if err != nil || len(args) > 0 || s.candidates == nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return s.candidates(cmd.Context(), c), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := client()
			if err != nil {
				return err
			}
			ask := c.Status
			if len(args) == 1 {
				ask = func(ctx context.Context) (control.Status, error) { return s.set(ctx, c, args[0]) }
			}
			st, err := ask(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd, s.json(st))
			}
			s.show(cmd.OutOrStdout(), st)
			return nil
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

// forSeconds returns a context that ends after so many seconds, for 0 with its
// parent.
func forSeconds(parent context.Context, seconds float64) (context.Context, context.CancelFunc) {
	if seconds > 0 {
		return context.WithTimeout(parent, time.Duration(seconds*float64(time.Second)))
	}
	return context.WithCancel(parent)
}

// words returns candidates that need no daemon.
func words(list ...string) func(context.Context, *control.Client) []string {
	return func(context.Context, *control.Client) []string { return list }
}

// onOff makes a setting of a switch.
func onOff(set func(*control.Client, context.Context, bool) (control.Status, error)) func(context.Context, *control.Client,
	string) (control.Status, error) {
	return func(ctx context.Context, c *control.Client, value string) (control.Status, error) {
		if value != "on" && value != "off" {
			return control.Status{}, usageError{fmt.Errorf("invalid value %q: use on or off", value)}
		}
		return set(c, ctx, value == "on")
	}
}

// onOffToggle makes a setting of a switch that one key of the keyboard can turn to and fro.
func onOffToggle(now func(control.Status) bool, set func(*control.Client, context.Context, bool) (control.Status, error),
) func(context.Context, *control.Client, string) (control.Status, error) {
	return func(ctx context.Context, c *control.Client, value string) (control.Status, error) {
		switch value {
		case "on", "off":
			return set(c, ctx, value == "on")
		case "toggle":
			s, err := c.Status(ctx)
			if err != nil {
				return s, err
			}
			return set(c, ctx, !now(s))
		}
		return control.Status{}, usageError{fmt.Errorf("invalid value %q: use on, off or toggle", value)}
	}
}

// switchText is a switch in words.
func switchText(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// settleTime is for how long a command waits for the sound server to have done what the daemon has asked of
// it: some milliseconds, but for a machine under load.
const settleTime = 2 * time.Second

// settled asks for the status, first s, until it shows what a change was to bring; so what is printed is not
// what was before. After settleTime it is taken as it is.
func settled(ctx context.Context, c *control.Client, s control.Status, err error, done func(control.Status) bool,
) (control.Status, error) {
	for end := time.Now().Add(settleTime); err == nil && !done(s) && time.Now().Before(end); {
		select {
		case <-ctx.Done():
			return s, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
		s, err = c.Status(ctx)
	}
	return s, err
}

// deviceError makes of "not found" that there is no such device, which has an exit code of its own.
func deviceError(err error) error {
	if errors.Is(err, control.ErrNotFound) {
		return noDevice{err}
	}
	return err
}

// noDevice is an error of a device that the daemon did not find, in its words.
type noDevice struct{ error }

func (e noDevice) Unwrap() []error { return []error{e.error, audioio.ErrNoDevice} }
