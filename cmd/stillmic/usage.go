package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/stillmic/stillmic/audioio/printable"
	"github.com/stillmic/stillmic/daemon/nearest"
)

// atMost is for a command that takes so many arguments or fewer.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		use := cmd.Use
		if cmd.HasParent() {
			use = cmd.Parent().CommandPath() + " " + use
		}
		return fmt.Errorf("unexpected argument %q: use %s", args[n], use)
	}
}

// unknownCommand is for a command that has others below it and takes no arguments: it names
// the one that was probably meant.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasAvailableSubCommands() { // of "help"
		return fmt.Errorf("unknown command %q; %s has none below it", args[0], cmd.CommandPath())
	}
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return fmt.Errorf("unknown command %q; did you mean %q?", args[0], near[0])
	}
	return fmt.Errorf("unknown command %q; %s --help lists them all", args[0], cmd.CommandPath())
}

// addHelp adds the help command, which knows the commands that there are.
func addHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() != "help" {
			continue
		}
		cmd.Use, cmd.Short = "help [COMMAND]", "Show the help of a command"
		cmd.Long = "Help shows what stillmic COMMAND --help shows."
		cmd.Args = func(_ *cobra.Command, args []string) error {
			found, rest, err := root.Find(args)
			if err != nil {
				return err
			}
			return unknownCommand(found, rest)
		}
	}
}

// explainFlag says what is wrong with a flag, and what to do.
func explainFlag(cmd *cobra.Command, err error) error {
	var (
		unknown *pflag.NotExistError
		empty   *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
	)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return err
	case errors.As(err, &unknown) && isFile(flagName(unknown)):
		return fmt.Errorf("unknown flag %s; the file of that name is ./%[1]s", printable.Text(flagName(unknown)))
	case errors.As(err, &unknown):
		if near := nearFlag(cmd, flagName(unknown)); near != "" {
			return fmt.Errorf("unknown flag %s; did you mean %s?", flagName(unknown), near)
		}
		return fmt.Errorf("unknown flag %s; %s --help lists them all", flagName(unknown), cmd.CommandPath())
	case errors.As(err, &empty):
		return fmt.Errorf("--%s needs a value; %s --help says which", empty.GetFlag().Name, cmd.CommandPath())
	case errors.As(err, &invalid):
		name, kind := invalid.GetFlag().Name, invalid.GetFlag().Value.Type()
		if want := valuesOf[kind]; want != "" {
			return fmt.Errorf("--%s: invalid value %q: use %s", name, invalid.GetValue(), want)
		}
		return fmt.Errorf("--%s: invalid value %q: %w", name, invalid.GetValue(), invalid.Unwrap())
	}
	return err
}

// nearFlag returns the flag of a command that was probably meant, "" for none.
func nearFlag(cmd *cobra.Command, name string) string {
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			known = append(known, "--"+f.Name)
		}
	})
	if !strings.HasPrefix(name, "--") {
		return ""
	}
	return nearest.Word(name, known)
}

// isFile reports whether a path is there.
func isFile(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// valuesOf says what flags of a kind take.
var valuesOf = map[string]string{
	"bool":     "true or false",
	"duration": "a time, like 3ms or 2s",
	"float64":  "a number, like 5",
	"int":      "a whole number, like 5",
}

// flagName is how an unknown flag was written.
func flagName(e *pflag.NotExistError) string {
	if short := e.GetSpecifiedShortnames(); short != "" {
		return "-" + short
	}
	return "--" + strings.TrimLeft(e.GetSpecifiedName(), "-")
}
