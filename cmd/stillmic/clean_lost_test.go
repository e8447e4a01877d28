package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/wav"
)

// TestCleanLosesNoFile calls "clean" with its arguments in every order, the wrong ones
// included: what any file held before is still held by one. Only --overwrite and
// --no-backup give leave to lose some.
func TestCleanLosesNoFile(t *testing.T) {
	words := []string{"a.wav", "b.flac", "link.wav", "talks", "talks/c.wav", "missing.wav", "*.wav"}
	flags := []string{"", "--in-place", "--skip-existing", "--residual a.wav", "--residual b.flac --force", "--picture seen.png", "--picture a.wav",
		"--residue talks", "--in-place --residual b.flac", "--in-place --picture seen.png", "--loudness -20"}
	var orders [][]string
	for _, one := range words {
		orders = append(orders, []string{one})
		for _, two := range words {
			orders = append(orders, []string{one, two})
		}
	}
	runs, lost := 0, 0
	try := func(args []string) {
		t.Chdir(t.TempDir())
		before := lostFiles(t)
		var complaint bytes.Buffer
		code := execute(t.Context(), append([]string{"clean", "--strength", "off", "--jobs", "1"}, args...), &complaint, &complaint)
		after := heldIn(t)
		for text, name := range before {
			if after[text] == "" {
				lost++
				t.Errorf("clean %s: %s is lost; exit code %d, %s", strings.Join(args, " "), name, code, &complaint)
			}
		}
		runs++
	}
	for _, f := range flags {
		for _, o := range orders {
			try(append(strings.Fields(f), o...))
		}
	}
	for _, o := range orders {
		if len(o) == 2 {
			for _, three := range words {
				try(append(o[:2:2], three))
			}
		}
	}
	t.Logf("%d command lines, %d files lost", runs, lost)
}

// lostFiles makes the files that must not be lost, and returns what each holds.
func lostFiles(t *testing.T) map[string]string {
	t.Helper()
	if err := os.Mkdir("talks", 0o700); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"a.wav", "b.wav", "talks/c.wav"} {
		f := pcm.Format{Rate: audioio.SampleRate, Channels: 1, Encoding: pcm.Int16}
		if err := wav.WriteFile(name, f, tones(f.Rate, 1, 100+i)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"b.flac", "seen.png", "talks/notes.txt"} {
		if err := os.WriteFile(name, []byte("the only "+name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("a.wav", "link.wav"); err != nil {
		t.Skipf("SKIPPED: no links here: %v", err)
	}
	return heldIn(t)
}

// heldIn returns what the files of this folder hold, and the name of one that does.
func heldIn(t *testing.T) map[string]string {
	t.Helper()
	held := map[string]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path) //nolint:gosec // a file of this test
		held[string(b)] = path
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return held
}
