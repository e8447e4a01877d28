package archive

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func readManifest(t *testing.T, text string) (rows []Row, err error) {
	t.Helper()
	m, err := NewReader(strings.NewReader(text), "list.tsv")
	for err == nil {
		var r Row
		if r, err = m.Read(); err == nil {
			rows = append(rows, r)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return rows, err
}

func TestManifest(t *testing.T) {
	// As a spreadsheet writes it, with a Latin-1 name.
	rows, err := readManifest(t, "\ufeffid\toutput\tinput\tseconds\tpreset\tloudness\r\n"+
		"T 1\tout/a.wav\ta.wav\t61.5\tpodcast\t\r\n\r\n\tb.flac\tB\xe4r.mp3\t\t\t-23\r\n")
	want := []Row{
		{Line: 2, Input: "a.wav", Output: "out/a.wav", ID: "T 1", Length: 61500, Settings: []Setting{{"preset", "podcast"}}},
		{Line: 4, Input: "B\xe4r.mp3", Output: "b.flac", Settings: []Setting{{"loudness", "-23"}}},
	}
	if err != nil || !reflect.DeepEqual(rows, want) {
		t.Errorf("%+v, %v", rows, err)
	}
	if rows[0].Key() == rows[1].Key() || len(rows[0].Key()) != 16 {
		t.Errorf("keys %s, %s", rows[0].Key(), rows[1].Key())
	}
}

func TestManifestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "list.tsv is empty",
		"input,output\n":                   `line 1: unknown column "input,output"`,
		"input\toutput\tprest\n":           `unknown column "prest"`,
		"input\tid\n":                      `there is no column "output"`,
		"input\toutput\tinput\n":           `column "input" is there twice`,
		"input\toutput\na\n":               "line 2: there are 1 cells, the header has 2",
		"input\toutput\na\t\n":             "line 2: input and output must be named",
		"input\toutput\na\t-\n":            "names files",
		"input\toutput\na\ta\n":            "the recording itself",
		"input\toutput\tseconds\na\tb\tx":  `line 2: invalid seconds "x"`,
		"input\toutput\tseconds\na\tb\t-1": "invalid seconds",
		"input\toutput\n\na\t" + strings.Repeat("b", longestLine): "line 3: the line is longer",
	} {
		_, err := readManifest(t, text)
		var format *FormatError
		if err == nil || !strings.Contains(err.Error(), want) || text != "" && !errors.As(err, &format) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
}

// TestManifestRoundTrip writes and reads any rows.
func TestManifestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.StringMatching(`[^\t\r\n-]+`)
		var b bytes.Buffer
		m, err := NewWriter(&b, []string{"preset", "strength"})
		if err != nil {
			t.Fatal(err)
		}
		var rows []Row
		for i := range rapid.IntRange(0, 20).Draw(t, "rows") {
			r := Row{Line: i + 2, Input: "i" + cell.Draw(t, "input"), Output: "o" + cell.Draw(t, "output"),
				Length: rapid.Int64Range(0, 1e9).Draw(t, "length")}
			if rapid.Bool().Draw(t, "preset") {
				r.Settings = append(r.Settings, Setting{"preset", cell.Draw(t, "name")})
			}
			rows = append(rows, r)
			if err := m.Write(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		got, err := NewReader(&b, "list.tsv")
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range rows {
			if r, err := got.Read(); err != nil || !reflect.DeepEqual(r, want) {
				t.Fatalf("%+v, %v, want %+v", r, err, want)
			}
		}
	})
}

// TestMillionRows: a manifest of a million rows is read in seconds and in constant memory.
func TestMillionRows(t *testing.T) {
	const rows = 1_000_000
	path := filepath.Join(t.TempDir(), "list.tsv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "input\toutput\tseconds\tpreset")
	for i := range rows {
		fmt.Fprintf(w, "/archive/tapes/%04d/recording-%07d.flac\t/cleaned/%04d/recording-%07d.flac\t%d.25\tpodcast\n",
			i/1000, i, i/1000, i, 30+i%3600)
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	totals := make([]Total, 64)
	shares := NewShares(len(totals))
	n, most := 0, uint64(0)
	if err := each(path, func(r Row) error {
		totals[shares.Deal(r)].add(r)
		if n++; n%100_000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&after)
			most = max(most, after.HeapAlloc)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	grown := int64(most) - int64(before.HeapAlloc)
	t.Logf("%d rows in %.2f s, %d KB more in use, shards of %.3f to %.3f hours", n, took.Seconds(), grown/1024,
		totals[0].Hours(), totals[63].Hours())
	// The race detector takes ten times as long.
	if n != rows || took > 2*time.Minute || grown > 1<<20 {
		t.Errorf("%d rows in %v, %d bytes more in use", n, took, grown)
	}
}
