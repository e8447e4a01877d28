// Package figures is the format of figures.json, in which measurements leave the tables that
// documents show.
package figures

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/stillmic/stillmic/audioio/atomicfile"
)

// Table is one table of figures. Cells are the text that documents show, and the first column is the
// key of its row.
type Table struct {
	Command string     `json:"command"` // prints the table
	Commit  string     `json:"commit"`  // of the build that was measured
	Date    string     `json:"date"`    // day of the run, like 2026-11-28
	Machine string     `json:"machine"`
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
}

// New returns a table without rows, of today and this machine.
func New(command, commit string, columns ...string) Table {
	return Table{Command: command, Commit: commit, Date: time.Now().UTC().Format(time.DateOnly), Machine: machine(),
		Columns: columns}
}

// Caption returns the line above the table in a document.
func (t Table) Caption() string {
	return fmt.Sprintf("Commit %s, %s, %s: `%s`", t.Commit, t.Date, t.Machine, t.Command)
}

// HasRow reports whether there is a row of that name.
func (t Table) HasRow(row string) bool {
	return slices.ContainsFunc(t.Rows, func(cells []string) bool { return cells[0] == row })
}

// Cell returns the cell of a row and a column, both by name.
func (t Table) Cell(row, column string) (string, error) {
	c := slices.Index(t.Columns, column)
	if c < 0 {
		return "", fmt.Errorf("no column %q; there are %q", column, t.Columns)
	}
	for _, cells := range t.Rows {
		if cells[0] == row {
			return cells[c], nil
		}
	}
	return "", fmt.Errorf("no row %q", row)
}

// Set puts a cell into a row and a column that may be new.
func (t *Table) Set(row, column, cell string) {
	c := slices.Index(t.Columns, column)
	if c < 0 {
		c = len(t.Columns)
		t.Columns = append(t.Columns, column)
		for i := range t.Rows {
			t.Rows[i] = append(t.Rows[i], "")
		}
	}
	r := slices.IndexFunc(t.Rows, func(cells []string) bool { return cells[0] == row })
	if r < 0 {
		r = len(t.Rows)
		t.Rows = append(t.Rows, make([]string, len(t.Columns)))
		t.Rows[r][0] = row
	}
	t.Rows[r][c] = cell
}

// check returns an error for a table that no document could show.
func (t Table) check() error {
	if t.Command == "" || t.Commit == "" || t.Date == "" || t.Machine == "" || len(t.Columns) < 2 {
		return errors.New("command, commit, date, machine or columns are missing")
	}
	keys := map[string]bool{}
	for _, cells := range t.Rows {
		if len(cells) != len(t.Columns) {
			return fmt.Errorf("row %q has %d cells for %d columns", cells, len(cells), len(t.Columns))
		}
		if keys[cells[0]] {
			return fmt.Errorf("two rows are named %q", cells[0])
		}
		keys[cells[0]] = true
	}
	return nil
}

// Load reads the tables of a figures.json; a file that is not there has none.
func Load(path string) (map[string]Table, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]Table{}, nil
	}
	if err != nil {
		return nil, err
	}
	var file struct {
		Tables map[string]Table `json:"tables"`
	}
	if err := json.Unmarshal(content, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for name, table := range file.Tables {
		if err := table.check(); err != nil {
			return nil, fmt.Errorf("%s: table %q: %w", path, name, err)
		}
	}
	return file.Tables, nil
}

// Update replaces tables of a figures.json and leaves its others as they are.
func Update(path string, tables map[string]Table) error {
	all, err := Load(path)
	if err != nil {
		return err
	}
	for name, table := range tables {
		if err := table.check(); err != nil {
			return fmt.Errorf("table %q: %w", name, err)
		}
		all[name] = table
	}
	content, err := encode(all)
	if err != nil {
		return err
	}
	return atomicfile.WriteFile(path, content, 0o644)
}

// encode writes one row per line, so that a change of one figure is a change of one line.
func encode(tables map[string]Table) ([]byte, error) {
	var b bytes.Buffer
	var failed error
	value := func(v any) string {
		var one bytes.Buffer
		e := json.NewEncoder(&one)
		e.SetEscapeHTML(false)
		failed = errors.Join(failed, e.Encode(v))
		return strings.TrimSpace(one.String())
	}
	list := func(cells []string) string {
		quoted := make([]string, len(cells))
		for i, cell := range cells {
			quoted[i] = value(cell)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	}
	names := make([]string, 0, len(tables))
	for name := range tables {
		names = append(names, name)
	}
	slices.Sort(names)
	b.WriteString("{\n \"tables\": {")
	for i, name := range names {
		t := tables[name]
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, "\n  %s: {\n   \"command\": %s,\n   \"commit\": %s,\n   \"date\": %s,\n   \"machine\": %s,\n   "+
			"\"columns\": %s,\n   \"rows\": [",
			value(name), value(t.Command), value(t.Commit), value(t.Date), value(t.Machine), list(t.Columns))
		for j, row := range t.Rows {
			if j > 0 {
				b.WriteString(",")
			}
			b.WriteString("\n    " + list(row))
		}
		b.WriteString("\n   ]\n  }")
	}
	b.WriteString("\n }\n}\n")
	return b.Bytes(), failed
}

// machine names this machine's processor and how many of its cores this program may use.
func machine() string {
	model := runtime.GOARCH
	content, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(content)) {
			if name, is := strings.CutPrefix(line, "model name"); is {
				model = strings.TrimSpace(strings.TrimLeft(name, " \t:"))
				break
			}
		}
	}
	return fmt.Sprintf("%s, %d cores", model, runtime.NumCPU())
}

// LoadAll reads every figures.json below a folder; names of tables are unique.
func LoadAll(root string) (map[string]Table, error) {
	all := map[string]Table{}
	err := Walk(root, func(path string) error {
		if filepath.Base(path) != "figures.json" {
			return nil
		}
		tables, err := Load(path)
		if err != nil {
			return err
		}
		for name, table := range tables {
			if _, twice := all[name]; twice {
				return fmt.Errorf("%s: another figures.json has a table %q", path, name)
			}
			all[name] = table
		}
		return nil
	})
	return all, err
}

// Walk visits the files of a repository, without those that are built or hidden.
func Walk(root string, visit func(path string) error) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !entry.IsDir() {
			return visit(path)
		}
		name := entry.Name()
		if path != root && (strings.HasPrefix(name, ".") ||
			slices.Contains([]string{"bin", "dist", "testdata", "node_modules"}, name)) {
			return filepath.SkipDir
		}
		return nil
	})
}
