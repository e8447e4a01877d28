package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// measured is one table of a figures.json. Cells are the text that documents show;
// the first column is the key of its row.
type measured struct {
	Command string     `json:"command"` // prints the table
	Commit  string     `json:"commit"`  // of the build that was measured
	Date    string     `json:"date"`    // day of the run
	Machine string     `json:"machine"`
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
}

// caption is the line above the table in a document.
func (m measured) caption() string {
	return fmt.Sprintf("Commit %s, %s, %s: `%s`", m.Commit, m.Date, m.Machine, m.Command)
}

// cell returns the cell of a row and a column, both named by their text.
func (m measured) cell(row, column string) (string, error) {
	c := slices.Index(m.Columns, column)
	if c < 0 {
		return "", fmt.Errorf("no column %q; there are %q", column, m.Columns)
	}
	for _, cells := range m.Rows {
		if cells[0] == row {
			return cells[c], nil
		}
	}
	return "", fmt.Errorf("no row %q", row)
}

func (m measured) hasRow(row string) bool {
	return slices.ContainsFunc(m.Rows, func(cells []string) bool { return cells[0] == row })
}

// check reports a table that no document could show.
func (m measured) check() error {
	if m.Command == "" || m.Commit == "" || m.Date == "" || m.Machine == "" || len(m.Columns) < 2 {
		return errors.New("command, commit, date, machine or columns are missing")
	}
	keys := map[string]bool{}
	for _, cells := range m.Rows {
		if len(cells) != len(m.Columns) {
			return fmt.Errorf("row %q has %d cells for %d columns", cells, len(cells), len(m.Columns))
		}
		if keys[cells[0]] {
			return fmt.Errorf("two rows are named %q", cells[0])
		}
		keys[cells[0]] = true
	}
	return nil
}

// loadFigures reads every figures.json below a folder; names of tables are unique.
func loadFigures(root string) (map[string]measured, error) {
	all := map[string]measured{}
	err := walk(root, func(path string) error {
		if filepath.Base(path) != "figures.json" {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var file struct {
			Tables map[string]measured `json:"tables"`
		}
		if err := json.Unmarshal(content, &file); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for name, table := range file.Tables {
			if _, twice := all[name]; twice {
				return fmt.Errorf("%s: another figures.json has a table %q", path, name)
			}
			if err := table.check(); err != nil {
				return fmt.Errorf("%s: table %q: %w", path, name, err)
			}
			all[name] = table
		}
		return nil
	})
	return all, err
}

// documents lists every Markdown file below a folder.
func documents(root string) ([]string, error) {
	var paths []string
	err := walk(root, func(path string) error {
		if strings.HasSuffix(path, ".md") {
			paths = append(paths, path)
		}
		return nil
	})
	return paths, err
}

// walk visits the files of the repository, without those that are built or hidden.
func walk(root string, visit func(path string) error) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && path != root && (strings.HasPrefix(name, ".") || slices.Contains([]string{"bin", "dist", "testdata", "node_modules"}, name)) {
			return filepath.SkipDir
		}
		if entry.IsDir() {
			return nil
		}
		return visit(path)
	})
}
