package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newMan() *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write the manual pages into a folder",
		Long:  "Man writes a manual page for every command into a folder, for packages.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("name one folder for the pages: stillmic man DIR")
			}
			return nil
		},
		Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true // the pages are the same each time
			keepExamples(root)
			date, err := sourceDate()
			if err != nil {
				return err
			}
			header := &doc.GenManHeader{Title: "STILLMIC", Section: "1", Source: "stillmic", Manual: "stillmic", Date: &date}
			if err := doc.GenManTree(root, header, args[0]); err != nil {
				return fmt.Errorf("write the manual pages: %w", err)
			}
			return nil
		},
	}
}

// keepExamples makes what is indented in help texts, command lines and exit codes, code of Markdown, of which the
// pages are made: its lines are not joined.
func keepExamples(cmd *cobra.Command) {
	var b strings.Builder
	indented := false
	for line := range strings.Lines(cmd.Long) {
		was := indented
		if indented = strings.HasPrefix(line, "  "); indented {
			if !was {
				b.WriteString("\n")
			}
			b.WriteString("  ") // four spaces in all
		}
		b.WriteString(line)
	}
	cmd.Long = b.String()
	for _, c := range cmd.Commands() {
		keepExamples(c)
	}
}

// sourceDate is the date of the pages: SOURCE_DATE_EPOCH where it is set, now otherwise; in UTC, so that they are the
// same wherever they are built.
func sourceDate() (time.Time, error) {
	epoch := os.Getenv("SOURCE_DATE_EPOCH")
	if epoch == "" {
		return time.Now().UTC(), nil
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH is %q, want seconds since 1970", epoch)
	}
	return time.Unix(seconds, 0).UTC(), nil
}
