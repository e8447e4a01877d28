// Package archive cleans collections of recordings that are too large for one machine: a
// manifest lists them, each task of a scheduler cleans a shard of it, and reports keep what
// became of every recording, so that what is done is not done again.
package archive

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Columns of a manifest. The first two are required.
const (
	columnInput   = "input"
	columnOutput  = "output"
	columnSeconds = "seconds" // its length, for balanced shards
	columnID      = "id"      // what the archive calls it, goes into the report
)

// SettingColumns are the columns of a manifest that say how a recording is cleaned. Each has
// the name of a flag of "stillmic clean", above which it stands; an empty cell leaves that.
var SettingColumns = []string{"preset", "strength", "loudness", "true-peak", "voice", "link", "widen", "force"}

var columns = append([]string{columnInput, columnOutput, columnSeconds, columnID}, SettingColumns...)

// longestLine bounds a line: two paths of 4 KiB, the longest that Linux knows, and the settings.
const longestLine = 64 << 10

// Row is one recording of a manifest.
type Row struct {
	Line     int // in the manifest, from 1
	Input    string
	Output   string
	ID       string
	Length   int64     // in ms, 0 where it is not known
	Settings []Setting // in the order of the columns, without those that are empty
}

// Setting is a cell that says how a recording is cleaned.
type Setting struct{ Name, Value string }

// Key names a row by input and output, in 16 hexadecimal digits.
func (r Row) Key() string {
	sum := sha256.Sum256([]byte(r.Input + "\x00" + r.Output))
	return hex.EncodeToString(sum[:8])
}

// Reader reads a manifest row by row: tab-separated values, UTF-8 or whatever the file names
// are, with a header. It keeps one line in memory.
type Reader struct {
	lines  *bufio.Scanner
	name   string
	header []string
	line   int
}

// NewReader reads the header. name is for errors.
func NewReader(r io.Reader, name string) (*Reader, error) {
	m := &Reader{lines: bufio.NewScanner(r), name: name}
	m.lines.Buffer(nil, longestLine)
	line, err := m.next()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s is empty; a manifest begins with a line of column names: input, output and others", name)
	}
	if err != nil {
		return nil, err
	}
	m.header = strings.Split(string(bytes.TrimPrefix(line, []byte("\ufeff"))), "\t") // as spreadsheets write it
	for i, column := range m.header {
		switch {
		case !slices.Contains(columns, column):
			return nil, m.wrong("unknown column %q; a manifest has tabs between the columns %s", column, strings.Join(columns, ", "))
		case slices.Contains(m.header[:i], column):
			return nil, m.wrong("column %q is there twice", column)
		}
	}
	for _, column := range columns[:2] {
		if !slices.Contains(m.header, column) {
			return nil, m.wrong("there is no column %q; a manifest has tabs between the columns %s", column, strings.Join(columns, ", "))
		}
	}
	return m, nil
}

// next returns the next line that is not empty.
func (m *Reader) next() ([]byte, error) {
	for m.lines.Scan() {
		m.line++
		if line := bytes.TrimSuffix(m.lines.Bytes(), []byte("\r")); len(line) > 0 {
			return line, nil
		}
	}
	if err := m.lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		m.line++
		return nil, m.wrong("the line is longer than %d bytes", longestLine)
	} else if err != nil {
		return nil, fmt.Errorf("read %s: %w", m.name, err)
	}
	return nil, io.EOF
}

// wrong is an error of the line read last.
func (m *Reader) wrong(format string, args ...any) error {
	return &FormatError{fmt.Errorf("%s, line %d: "+format, append([]any{m.name, m.line}, args...)...)}
}

// FormatError is an error of what a manifest holds.
type FormatError struct{ error }

// Unwrap returns what is wrong.
func (e *FormatError) Unwrap() error { return e.error }

// Read returns the next row, io.EOF after the last.
func (m *Reader) Read() (Row, error) {
	line, err := m.next()
	if err != nil {
		return Row{}, err
	}
	cells := strings.Split(string(line), "\t")
	if len(cells) != len(m.header) {
		return Row{}, m.wrong("there are %d cells, the header has %d", len(cells), len(m.header))
	}
	row := Row{Line: m.line}
	for i, cell := range cells {
		switch column := m.header[i]; {
		case column == columnInput:
			row.Input = cell
		case column == columnOutput:
			row.Output = cell
		case column == columnID:
			row.ID = cell
		case cell == "":
		case column == columnSeconds:
			seconds, err := strconv.ParseFloat(cell, 64)
			if err != nil || !(seconds >= 0 && seconds < 1e9) {
				return Row{}, m.wrong("invalid seconds %q: use a number like 61.5, or leave the cell empty", cell)
			}
			row.Length = int64(math.Round(seconds * 1000))
		default:
			row.Settings = append(row.Settings, Setting{column, cell})
		}
	}
	switch {
	case row.Input == "" || row.Output == "":
		return Row{}, m.wrong("input and output must be named")
	case row.Input == "-" || row.Output == "-":
		return Row{}, m.wrong("a manifest names files, not the standard input or output")
	case row.Input == row.Output:
		return Row{}, m.wrong("the output is the recording itself; name another file")
	}
	return row, nil
}

// Writer writes a manifest.
type Writer struct {
	out    *bufio.Writer
	header []string
}

// NewWriter writes the header of a manifest with the settings that rows will have.
func NewWriter(w io.Writer, settings []string) (*Writer, error) {
	m := &Writer{bufio.NewWriter(w), append([]string{columnInput, columnOutput, columnSeconds}, settings...)}
	_, err := m.out.WriteString(strings.Join(m.header, "\t") + "\n")
	return m, err
}

// Writable reports whether a manifest can hold a path: tabs and ends of lines have no place.
func Writable(path string) bool { return !strings.ContainsAny(path, "\t\n\r") }

// Write writes a row.
func (m *Writer) Write(r Row) error {
	cells := []string{r.Input, r.Output, ""}
	if r.Length > 0 {
		cells[2] = strconv.FormatFloat(float64(r.Length)/1000, 'f', -1, 64)
	}
	for _, name := range m.header[3:] {
		cell := ""
		if i := slices.IndexFunc(r.Settings, func(s Setting) bool { return s.Name == name }); i >= 0 {
			cell = r.Settings[i].Value
		}
		cells = append(cells, cell)
	}
	_, err := m.out.WriteString(strings.Join(cells, "\t") + "\n")
	return err
}

// Close writes what is still held back.
func (m *Writer) Close() error { return m.out.Flush() }
