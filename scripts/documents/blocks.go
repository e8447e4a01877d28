package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/stillmic/stillmic/scripts/documents/figures"
)

// A block of a document holds figures:
//
//	<!-- figures: cost quality -->
//	Commit ...
//
//	| suppressor | µs per 10 ms | PESQ |
//	| --- | --- | --- |
//	| stillmic | 40.8 | 1.73 |
//	<!-- end -->
//
// Its headings choose columns of the named tables and its first column chooses rows.
var (
	beginMark = regexp.MustCompile(`^<!-- figures: ([a-z0-9 -]+) -->$`)
	factsMark = regexp.MustCompile(`^<!-- facts -->$`)
	endMark   = "<!-- end -->"
)

// update returns a document with every block filled anew from the tables.
func update(document string, tables map[string]figures.Table) (string, error) {
	lines := strings.Split(document, "\n")
	var out []string
	for i := 0; i < len(lines); i++ {
		out = append(out, lines[i])
		mark := beginMark.FindStringSubmatch(lines[i])
		if mark == nil {
			continue
		}
		begin := i + 1
		for i++; i < len(lines) && lines[i] != endMark; i++ {
		}
		if i == len(lines) {
			return "", fmt.Errorf("line %d: %s has no %s", begin, lines[begin-1], endMark)
		}
		filled, err := fill(lines[begin:i], strings.Fields(mark[1]), tables)
		if err != nil {
			return "", fmt.Errorf("line %d: figures %q: %w", begin, mark[1], err)
		}
		out = append(append(out, filled...), endMark)
	}
	return strings.Join(out, "\n"), nil
}

// fill makes the lines of one block: captions, a blank line, the table.
func fill(old, names []string, tables map[string]figures.Table) ([]string, error) {
	var chosen []figures.Table
	var lines []string
	for _, name := range names {
		table, ok := tables[name]
		if !ok {
			return nil, fmt.Errorf("no figures.json has a table %q", name)
		}
		chosen = append(chosen, table)
		// Two spaces break the line before the next caption.
		lines = append(lines, table.Caption()+"  ")
	}
	lines[len(lines)-1] = strings.TrimRight(lines[len(lines)-1], " ")
	lines = append(lines, "")
	shown := tableOf(old)
	if len(shown) == 0 {
		shown = append([][]string{chosen[0].Columns}, chosen[0].Rows...)
	}
	lines = append(lines, line(shown[0]), "|"+strings.Repeat(" --- |", len(shown[0])))
	for _, row := range shown[1:] {
		cells := []string{row[0]}
		for c := 1; c < len(row); c++ {
			value, err := lookUp(chosen, plain(row[0]), shown[0][c])
			if err != nil {
				return nil, err
			}
			if row[c] != plain(row[c]) {
				value = "**" + value + "**"
			}
			cells = append(cells, value)
		}
		lines = append(lines, line(cells))
	}
	return lines, nil
}

// lookUp finds a figure in the first table that has its column. Of joined tables one may
// lack a row that the other has: its cell is empty.
func lookUp(tables []figures.Table, row, column string) (string, error) {
	known := slices.ContainsFunc(tables, func(m figures.Table) bool { return m.HasRow(row) })
	for _, table := range tables {
		if !slices.Contains(table.Columns, column) {
			continue
		}
		if !table.HasRow(row) && known {
			return "", nil
		}
		return table.Cell(row, column)
	}
	return "", fmt.Errorf("no column %q", column)
}

// tableOf returns the cells of the Markdown table in some lines, without the line below its headings.
func tableOf(lines []string) (rows [][]string) {
	for _, text := range lines {
		if !strings.HasPrefix(text, "|") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(text), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	if len(rows) > 1 {
		rows = append(rows[:1], rows[2:]...)
	}
	return rows
}

func line(cells []string) string {
	return strings.ReplaceAll("| "+strings.Join(cells, " | ")+" |", "|  |", "| |")
}

// plain takes the bold marks off a cell.
func plain(cell string) string {
	if inner, ok := strings.CutPrefix(cell, "**"); ok {
		return strings.TrimSuffix(inner, "**")
	}
	return cell
}
