package clean

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestSweep: what killed runs have left is removed, what a running one still writes and
// what is not ours stays.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "talk.m4a")
	left, err := createTemp(dir, "talk.m4a", ".tmp.m4a")
	if err != nil {
		t.Fatal(err)
	}
	if err := left.Close(); err != nil { // as the system does with the files of a killed program
		t.Fatal(err)
	}
	if lock(left) == nil {
		t.Fatal("a closed file was locked")
	}
	held, err := createTemp(dir, strings.Repeat("x", 255), ".tmp.wav")
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	for _, name := range []string{".talk.m4a", "talk.stillmic-1.tmp.wav", ".talk.wav.1.tmp.wav"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sweep([]Job{{In: "-", Out: out}, {In: "x", Out: "-"}})
	got := contents(t, dir)
	if _, there := got[filepath.Base(left.Name())]; there {
		t.Errorf("%s is left", left.Name())
	}
	if _, there := got[filepath.Base(held.Name())]; !there || len(got) != 4 {
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
				f, err := createTemp(dir, "a.wav", ".tmp.wav")
				if err != nil {
					t.Error(err)
					return
				}
				sweepFolder(dir)
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
	sweepFolder(dir)
	if left := contents(t, dir); len(left) != 0 {
		t.Errorf("left are %q", left)
	}
}
