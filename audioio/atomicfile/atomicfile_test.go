package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestCommit: a file is there as a whole after Commit and not before, in the place of
// another only where that may be replaced; nothing else is left.
func TestCommit(t *testing.T) {
	for _, c := range []struct {
		name           string
		there, replace bool
		want           string
		err            error
	}{
		{"new", false, false, "new", nil},
		{"kept", true, false, "old", fs.ErrExist},
		{"replaced", true, true, "new", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "a.json")
			f, err := Create(path, c.replace)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteString("new"); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("it is there before it is complete: %v", err)
			}
			if c.there { // it has come meanwhile
				if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := f.Commit(); !errors.Is(err, c.err) {
				t.Errorf("%v, want %v", err, c.err)
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != c.want {
				t.Errorf("%q, %v", got, err)
			}
			if left := names(t, dir); len(left) != 1 {
				t.Errorf("left are %q", left)
			}
		})
	}
}

// TestWriteFile: the file and its mode are new, and what a killed program left is gone.
func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.json")
	left, err := Create(path, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := left.Close(); err != nil { // as the system does with the files of a killed program
		t.Fatal(err)
	}
	for _, text := range []string{"first", "second"} {
		if err := WriteFile(path, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != text {
			t.Errorf("%q, %v", got, err)
		}
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"a.json"}) {
		t.Errorf("left are %q", got)
	}
	if err := WriteFile(filepath.Join(dir, "none", "a.json"), nil, 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("into a folder that is not there: %v", err)
	}
}
