package figures

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// A table that is replaced leaves the others, and what is read back is what was written.
func TestUpdate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "figures.json")
	a, b := New("measure a", "1234567", "", "PESQ", "<µs>"), New("measure b", "1234567", "", "x")
	a.Set("ours", "PESQ", "1.73")
	a.Set("theirs", "<µs>", "41")
	a.Set("ours", "ESTOI", `"0.63"`)
	b.Set("row", "x", "1")
	if err := Update(path, map[string]Table{"a": a, "b": b}); err != nil {
		t.Fatal(err)
	}
	b.Set("row", "x", "2")
	if err := Update(path, map[string]Table{"b": b}); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]Table{"a": a, "b": b}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if want := [][]string{{"ours", "1.73", "", `"0.63"`}, {"theirs", "", "41", ""}}; !reflect.DeepEqual(got["a"].Rows, want) {
		t.Errorf("rows are %q, want %q", got["a"].Rows, want)
	}
	if left, _ := filepath.Glob(path + "*"); len(left) != 1 {
		t.Errorf("beside the file: %q", left)
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, content := range map[string]string{
		"not JSON":           `{`,
		"no commit":          `{"tables":{"a":{"command":"c","date":"d","machine":"m","columns":["","x"],"rows":[]}}}`,
		"a cell too few":     `{"tables":{"a":{"command":"c","commit":"1","date":"d","machine":"m","columns":["","x"],"rows":[["ours"]]}}}`,
		"two rows of a name": `{"tables":{"a":{"command":"c","commit":"1","date":"d","machine":"m","columns":["","x"],"rows":[["ours","1"],["ours","2"]]}}}`,
	} {
		path := filepath.Join(t.TempDir(), "figures.json")
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if tables, err := Load(path); err == nil {
			t.Errorf("%s: accepted as %v", name, tables)
		}
	}
}
