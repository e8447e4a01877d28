package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/stillmic/stillmic/scripts/documents/figures"
)

// deskStep is a line of scripts/desk.
var deskStep = regexp.MustCompile(`^DESK (ok|FAILED)\s+(.+?)\s+([\d.]+) s(?:  (.*))?$`)

// deskCommands are the commands whose output makes a table, by its name.
var deskCommands = map[string]string{"desk": "scripts/desk", "desk-arm64": "scripts/desk --arm64"}

// takeDesk puts what the output of scripts/desk says into a figures.json, as a table of that name.
func takeDesk(name, log, commit, path string) error {
	f, err := os.Open(log)
	if err != nil {
		return err
	}
	defer f.Close()
	t, err := deskTable(f, deskCommands[name], commit)
	if err != nil {
		return err
	}
	return figures.Update(path, map[string]figures.Table{name: t})
}

// deskTable makes the table of a desk's life from the output of scripts/desk, called by a command.
func deskTable(log io.Reader, command, commit string) (figures.Table, error) {
	t := figures.New(command, commit, "step", "result", "took, s", "what was seen")
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if m := deskStep.FindStringSubmatch(lines.Text()); m != nil {
			t.Set(m[2], "result", strings.ToLower(m[1]))
			t.Set(m[2], "took, s", m[3])
			t.Set(m[2], "what was seen", strings.ReplaceAll(m[4], "|", ","))
		}
	}
	if err := lines.Err(); err != nil {
		return t, err
	}
	if len(t.Rows) == 0 {
		return t, fmt.Errorf("no step in the output of scripts/desk")
	}
	return t, nil
}
