package replaced

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// A program counts as replaced when another file has its name, can be run, and is no longer
// being written.
func TestReplaced(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a program that runs cannot be replaced here")
	}
	path := filepath.Join(t.TempDir(), "program")
	install := func(text string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(path+".new", []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
	}
	install("old", 0o755)
	w, err := watch(path)
	if err != nil {
		t.Fatal(err)
	}
	expect := func(what string, want ...bool) {
		t.Helper()
		for i, is := range want {
			if got := w.Replaced(); got != is {
				t.Errorf("%s: look %d says %v", what, i+1, got)
			}
		}
	}
	expect("as it was started", false, false)
	// The old file is held open, as that of a running program is: its number is not used again.
	old, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	install("half", 0o755)
	expect("just installed", false, true)
	if err := os.WriteFile(path, []byte("longer"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, time.Time{}, time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	expect("written again", false, true)
	install("data", 0o644)
	expect("cannot be run", false, false)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	expect("removed", false, false)
}
