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

// TestArgumentsAreRefusedInOurWords gives every command more arguments than it takes, and none.
func TestArgumentsAreRefusedInOurWords(t *testing.T) {
	refused := 0
	var read func(c *cobra.Command)
	read = func(c *cobra.Command) {
		if c.Args != nil && c.Name() != "completion" {
			for _, given := range []string{"a b c d e f g h i", ""} {
				err := c.Args(c, strings.Fields(given))
				if err == nil {
					continue
				}
				refused++
				if text := err.Error(); strings.Contains(text, "arg(s)") || strings.Contains(text, " for \"stillmic") {
					t.Errorf("%s: %s", c.CommandPath(), text)
				}
			}
		}
		for _, sub := range c.Commands() {
			read(sub)
		}
	}
	read(newRoot(new(bool)))
	if refused < 25 {
		t.Errorf("only %d times nine arguments or none are refused", refused)
	}
}
