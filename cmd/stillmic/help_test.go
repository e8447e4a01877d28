package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// TestHelpFitsATerminal reads the help of every command at 80 columns.
func TestHelpFitsATerminal(t *testing.T) {
	var read func(c *cobra.Command)
	read = func(c *cobra.Command) {
		if c.Name() == "help" || c.Name() == "completion" {
			return // not ours
		}
		c.InitDefaultHelpFlag()
		for line := range strings.Lines(c.Long + "\n" + c.UsageString()) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > helpWidth {
				t.Errorf("%s --help: %d columns: %s", c.CommandPath(), n, line)
			}
		}
		for _, sub := range c.Commands() {
			read(sub)
		}
	}
	read(newRoot(new(bool)))
}
