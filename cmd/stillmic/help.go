package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// helpWidth is how wide a help text is at most: a terminal's columns.
const helpWidth = 80

// fitHelp makes the help texts of a command and of those below it fit a terminal.
func fitHelp(c *cobra.Command) {
	c.Long = fill(c.Long)
	for _, below := range c.Commands() {
		fitHelp(below)
	}
	if !c.HasParent() { // those below take it over
		c.SetUsageTemplate(strings.ReplaceAll(c.UsageTemplate(), ".FlagUsages", fmt.Sprintf(".FlagUsagesWrapped %d", helpWidth)))
	}
}

// fill breaks the lines of each paragraph anew; examples and tables, which are indented, stay.
func fill(text string) string {
	paragraphs := strings.Split(text, "\n\n")
	for i, p := range paragraphs {
		if strings.HasPrefix(p, " ") || strings.Contains(p, "\n ") {
			continue
		}
		var lines []string
		line := ""
		for word := range strings.FieldsSeq(p) {
			if line != "" && utf8.RuneCountInString(line+" "+word) > helpWidth {
				lines = append(lines, line)
				line = ""
			}
			line = strings.TrimPrefix(line+" "+word, " ")
		}
		paragraphs[i] = strings.Join(append(lines, line), "\n")
	}
	return strings.Join(paragraphs, "\n\n")
}
