package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestReadmesKnowTheCommands holds the examples of the documents against the command tree, and this
// folder's README against the list of commands.
func TestReadmesKnowTheCommands(t *testing.T) {
	root := newRoot(new(bool))
	examples := 0
	for _, path := range []string{"../../README.md", "README.md", "../../daemon/README.md", "../../daemon/clean/README.md",
		"../../daemon/control/README.md", "../../daemon/web/README.md"} {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(content)) {
			if words := exampleOf(line); words != nil {
				examples++
				checkExample(t, root, path, words)
			}
		}
	}
	if examples < 40 {
		t.Errorf("only %d examples found", examples)
	}
	content, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range root.Commands() {
		if name := command.CommandPath(); command.Name() != "help" && !command.Hidden && !strings.Contains(string(content), name) {
			t.Errorf("%s does not tell of %s", filepath.Join("cmd/stillmic", "README.md"), name)
		}
	}
}

// TestFaultsHaveTests: the tests that e2e/README.md names for what people met once are there, with their
// steps.
func TestFaultsHaveTests(t *testing.T) {
	readme, err := os.ReadFile("e2e/README.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{} // the code around each test
	err = filepath.WalkDir("../..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		code, err := os.ReadFile(path)
		for _, name := range regexp.MustCompile(`(?m)^func (Test\w+)`).FindAllStringSubmatch(string(code), -1) {
			tests[name[1]] = string(code)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`(Test\\w+)(?:: ([^`]+))?`").FindAllStringSubmatch(string(readme), -1)
	for _, m := range named {
		code, there := tests[m[1]]
		if m[1] == "TestScript" {
			_, err := os.Stat("testdata/script/" + m[2] + ".txtar")
			there = err == nil
		} else if m[2] != "" {
			there = strings.Contains(code, strconv.Quote(m[2]))
		}
		if !there {
			t.Errorf("there is no test %s", m[0])
		}
	}
	if len(named) < 25 {
		t.Errorf("only %d tests are named", len(named))
	}
}

// exampleOf returns the words of an example, a line of a block of code that calls stillmic.
func exampleOf(line string) []string {
	code, ok := strings.CutPrefix(line, "    ")
	if !ok {
		return nil
	}
	code, _, _ = strings.Cut(strings.TrimPrefix(code, "$ "), " #")
	if _, after, piped := strings.Cut(code, "| stillmic "); piped {
		code = "stillmic " + after
	}
	words := strings.Fields(code)
	if len(words) == 0 || words[0] != "stillmic" {
		return nil
	}
	return words[1:]
}

func checkExample(t *testing.T, root *cobra.Command, path string, words []string) {
	t.Helper()
	command, rest, err := root.Find(words)
	if err != nil || command == root {
		t.Errorf("%s: no command: stillmic %s", path, strings.Join(words, " "))
		return
	}
	for _, word := range rest {
		name, isFlag := strings.CutPrefix(word, "--")
		name, _, _ = strings.Cut(name, "=")
		if isFlag && command.Flag(name) == nil {
			t.Errorf("%s: %s has no flag --%s", path, command.CommandPath(), name)
		}
	}
}
