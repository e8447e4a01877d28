package atomicfile

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// names are those of a folder's files.
func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		all = append(all, e.Name())
	}
	return all
}

// TestSweep: what killed runs have left is removed, what a running one still writes and
// what is not ours stays.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	left, err := Temp(dir, "talk.m4a", ".tmp.m4a")
	if err != nil {
		t.Fatal(err)
	}
	if err := left.Close(); err != nil { // as the system does with the files of a killed program
		t.Fatal(err)
	}
	if lock(left) == nil {
		t.Fatal("a closed file was locked")
	}
	held, err := Temp(dir, strings.Repeat("x", 255), ".tmp.wav")
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	for _, name := range []string{".talk.m4a", "talk.stillmic-1.tmp.wav", ".talk.wav.1.tmp.wav"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	SweepFolder(dir)
	got := names(t, dir)
	if slices.Contains(got, filepath.Base(left.Name())) {
		t.Errorf("%s is left", left.Name())
	}
	if !slices.Contains(got, filepath.Base(held.Name())) || len(got) != 4 {
		t.Errorf("left are %q", got)
	}
}

// TestSweepRace: runs that begin together do not take each other's files.
func TestSweepRace(t *testing.T) {
	dir := t.TempDir()
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 200 {
				f, err := Temp(dir, "a.wav", ".tmp.wav")
				if err != nil {
					t.Error(err)
					return
				}
				SweepFolder(dir)
				if !isNamed(f) {
					t.Error("a file in use was removed")
				}
				if err := f.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	SweepFolder(dir)
	if left := names(t, dir); len(left) != 0 {
		t.Errorf("left are %q", left)
	}
}

// TestSweeper takes what is left of one output, and nothing of another's.
func TestSweeper(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.wav", "a.wav", "b.wav", "aa.wav"} {
		f, err := Temp(dir, name, ".tmp.wav")
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var s Sweeper
	s.Sweep(filepath.Join(dir, "a.wav"))
	s.Sweep(filepath.Join(dir, "none", "a.wav"))
	if left := names(t, dir); len(left) != 2 {
		t.Errorf("left are %q", left)
	}
}
