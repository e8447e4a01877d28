package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/scripts/documents/figures"
)

const root = "../.."

// TestFigures holds every table of figures against the figures.json that it comes from.
func TestFigures(t *testing.T) {
	tables, err := figures.LoadAll(root)
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for path, text := range read(t) {
		filled, err := update(text, tables)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		shown += strings.Count(text, "<!-- figures: ")
		old, now := strings.Split(text, "\n"), strings.Split(filled, "\n")
		for i := range old {
			if i >= len(now) || old[i] != now[i] {
				t.Errorf("%s:%d differs from figures.json; measure, then run: go run ./scripts/documents\n  document: %s\n  figures:  %s",
					path, i+1, old[i], now[min(i, len(now)-1)])
				break
			}
		}
	}
	if shown == 0 {
		t.Error("no document shows figures")
	}
}

// TestChangedByHand changes a figure, a commit and a row's name, as a hand would.
func TestChangedByHand(t *testing.T) {
	tables := map[string]figures.Table{
		"a": {Command: "x", Commit: "1", Date: "d", Machine: "m", Columns: []string{"", "PESQ", "ESTOI"}, Rows: [][]string{{"ours", "1.73", "0.63"}, {"theirs", "1.70", "0.61"}}},
		"b": {Command: "y", Commit: "2", Date: "d", Machine: "m", Columns: []string{"", "µs"}, Rows: [][]string{{"ours", "41"}}},
	}
	document := "Text.\n\n<!-- figures: b a -->\nCommit 2, d, m: `y`  \nCommit 1, d, m: `x`\n\n| name | µs | ESTOI |\n| --- | --- | --- |\n" +
		"| **ours** | 41 | **0.63** |\n| theirs | | 0.61 |\n<!-- end -->\nMore.\n"
	if got, err := update(document, tables); err != nil || got != document {
		t.Fatalf("a document that is right changed (%v):\n%s", err, got)
	}
	for was, by := range map[string]string{"0.61": "0.62", "41": "40", "Commit 1": "Commit 9"} {
		if got, err := update(strings.Replace(document, was, by, 1), tables); err != nil || got != document {
			t.Errorf("%s for %s is not set right (%v):\n%s", by, was, err, got)
		}
	}
	for was, by := range map[string]string{"theirs": "nobody", "| ESTOI": "| STOI", "b a": "b c", "<!-- end -->": ""} {
		if got, err := update(strings.Replace(document, was, by, 1), tables); err == nil {
			t.Errorf("%q for %q is accepted:\n%s", by, was, got)
		}
	}
	empty := "<!-- figures: a -->\n<!-- end -->\n"
	if got, err := update(empty, tables); err != nil || !strings.Contains(got, "| theirs | 1.70 | 0.61 |") {
		t.Errorf("an empty block is not filled (%v):\n%s", err, got)
	}
}

// TestTablesAreMarked finds tables of numbers that are neither figures nor marked as facts, such as
// layers of a network, which nobody measures.
func TestTablesAreMarked(t *testing.T) {
	number := regexp.MustCompile(`^\**[-+]?[0-9]*\.?[0-9]+( |%|\**$)`)
	for path, text := range read(t) {
		lines := strings.Split(text, "\n")
		marked, inTable, numbers, first := false, false, 0, 0
		for i, line := range append(lines, "") {
			switch {
			case beginMark.MatchString(line) || factsMark.MatchString(line):
				marked = true
			case strings.HasPrefix(line, "|"):
				if !inTable {
					inTable, numbers, first = true, 0, i+1
				}
				for _, cells := range tableOf([]string{line}) {
					for _, cell := range cells[1:] {
						if number.MatchString(cell) {
							numbers++
						}
					}
				}
			case inTable:
				if numbers > 3 && !marked {
					t.Errorf("%s:%d: a table with %d numbers that no figures.json knows; put <!-- figures: NAME --> or <!-- facts --> above it", path, first, numbers)
				}
				inTable, marked = false, false
			}
		}
	}
}

// TestReadmeIsShort keeps the first page one that is read.
func TestReadmeIsShort(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	lines, words := strings.Count(string(content), "\n"), len(strings.Fields(string(content)))
	if lines > 150 || words > 1600 {
		t.Errorf("README.md has %d lines and %d words; 150 and 1,600 are the most", lines, words)
	}
}

// TestLinks follows every link to a file or a heading of this repository.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for path, text := range read(t) {
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			target, heading, _ := strings.Cut(found[1], "#")
			if strings.Contains(found[1], "://") {
				continue
			}
			file := path
			if target != "" {
				file = filepath.Join(filepath.Dir(path), target)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: the link %s leads nowhere", path, found[1])
				continue
			}
			if heading == "" {
				continue
			}
			content, err := os.ReadFile(file)
			if err != nil {
				t.Error(err)
			} else if !anchors(string(content))[heading] {
				t.Errorf("%s: %s has no heading for the link %s", path, file, found[1])
			}
		}
	}
}

// anchors returns what GitHub calls the headings of a document.
func anchors(text string) map[string]bool {
	names := map[string]bool{}
	drop := regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	for line := range strings.Lines(text) {
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			name := drop.ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), "")
			names[strings.ReplaceAll(name, " ", "-")] = true
		}
	}
	return names
}

// read returns the documents by their paths.
func read(t *testing.T) map[string]string {
	t.Helper()
	paths, err := documents(root)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[path] = string(content)
	}
	if len(texts) < 5 {
		t.Fatalf("only %d documents found", len(texts))
	}
	return texts
}
