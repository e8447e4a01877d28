package archive

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// tableColumns are those of the table for a spreadsheet.
var tableColumns = []string{"id", "input", "output", "status", "error", "seconds", "rate", "channels", "loudness_before_lufs",
	"loudness_after_lufs", "noise_before_dbfs", "noise_after_dbfs", "speech_share", "warnings", "settings", "version", "network",
	"input_sha256", "output_sha256", "host", "finished", "took_seconds", "cpu_seconds"}

// WriteTable writes a line for every recording, those of the manifest without a record last.
func (m *Merge) WriteTable(w io.Writer, manifest string) error {
	out := csv.NewWriter(w)
	if err := out.Write(tableColumns); err != nil {
		return err
	}
	err := m.Holding(func(r *Record) error { return out.Write(m.cells(r)) })
	if err == nil && manifest != "" {
		err = m.Missing(manifest, func(r Row) error {
			cells := make([]string, len(tableColumns))
			copy(cells, []string{safeCell(r.ID), safeCell(r.Input), safeCell(r.Output), "missing"})
			return out.Write(cells)
		})
	}
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

func (m *Merge) cells(r *Record) []string {
	return []string{safeCell(r.ID), safeCell(r.Input), safeCell(r.Output), m.Status(r), safeCell(r.Error),
		number(r.Seconds), strconv.Itoa(r.Rate), strconv.Itoa(r.Channels),
		cell(r.LoudnessBefore), cell(r.LoudnessAfter), cell(r.NoiseBefore), cell(r.NoiseAfter), cell(r.Speech),
		safeCell(strings.Join(r.Warnings, "; ")), safeCell(r.flags()), r.Version, r.Network, r.InputSHA256, r.OutputSHA256,
		r.Host, r.Finished.Format("2006-01-02 15:04:05"), number(r.Took), number(r.CPU)}
}

// flags returns the settings as one would type them.
func (r *Record) flags() string {
	var list []string
	for name, value := range r.Settings {
		list = append(list, fmt.Sprintf("%s=%s", name, value))
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// safeCell keeps a spreadsheet from taking a file's name for a formula.
func safeCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func number(x float64) string { return strconv.FormatFloat(x, 'f', 3, 64) }

func cell(x *float64) string {
	if x == nil {
		return ""
	}
	return strconv.FormatFloat(*x, 'f', -1, 64)
}
