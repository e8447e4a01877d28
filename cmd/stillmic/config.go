package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/stillmic/stillmic/configs"
	"github.com/stillmic/stillmic/daemon/config"
	"github.com/stillmic/stillmic/daemon/paths"
)

const configHelp = `Config is about the configuration file, XDG_CONFIG_HOME/stillmic/stillmic.toml.
Stillmic reads it when it starts and never writes it.

  stillmic config check           is it right? If not: line and fix, exit code 2
  stillmic config check FILE      the same of another file
  stillmic config print           a file with every key and its default`

func newConfig() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Check the configuration file, or print one with every key",
		Long:  configHelp,
		Args:  unknownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "check [FILE]",
		Short: "Check the configuration file",
		Long:  "Check reads the configuration file as \"stillmic run\" does. Exit code 2: it has a mistake.",
		Args:  atMost(1),
		RunE:  checkConfig,
	}, &cobra.Command{
		Use:   "print",
		Short: "Print a configuration file with every key and its default",
		Long:  "Print prints a configuration file with every key, what it is for, and its default.",
		Args:  atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(configs.Example)
			return err
		},
	})
	return cmd
}

func checkConfig(cmd *cobra.Command, args []string) error {
	path, err := paths.ConfigPath()
	if len(args) == 1 {
		path, err = args[0], nil
	}
	if err != nil {
		return err
	}
	if _, err := config.Load(path, len(args) == 1); err != nil {
		return usageError{err}
	}
	said := "fine"
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		said = "there is none, and none is needed: the defaults hold; stillmic config print shows them"
	}
	fmt.Fprintln(cmd.OutOrStdout(), tilde(path)+": "+said)
	return nil
}
