package clean

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/wav"
)

// contents are the files of a folder, hidden ones included, with what is in them.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range list {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(b)
	}
	return all
}

// TestNothingIsReplaced: a file that is there when an output begins, or that comes to
// be there while it is written, stays.
func TestNothingIsReplaced(t *testing.T) {
	for _, late := range []bool{false, true} {
		dir := t.TempDir()
		path := filepath.Join(dir, "out.wav")
		put := func() {
			if err := os.WriteFile(path, []byte("theirs"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if !late {
			put()
		}
		p, err := newOutput(path, false, false)
		if late {
			put()
			if err == nil {
				err = p.commit(path)
			}
		}
		if !errors.Is(err, errExists) || !strings.Contains(err.Error(), "--overwrite") {
			t.Errorf("%v, want that it exists", err)
		}
		if got := contents(t, dir); len(got) != 1 || got["out.wav"] != "theirs" {
			t.Errorf("left are %q", got)
		}
	}
}

// TestBackup: what is cleaned in place is kept under another name, and no other file is
// lost for that, nor where the result cannot take its place.
func TestBackup(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(dir string) error
		want    map[string]string
		is      error
	}{
		{"kept", nil, map[string]string{"a.wav": "new", "a.orig.wav": "old"}, nil},
		{"there is one already", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "a.orig.wav"), []byte("first"), 0o600)
		}, map[string]string{"a.wav": "old", "a.orig.wav": "first"}, errExists},
		{"the original is gone", func(dir string) error { return os.Remove(filepath.Join(dir, "a.wav")) }, map[string]string{}, fs.ErrNotExist},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "a.wav")
			if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
			p, err := newOutput(path, true, true)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.file.WriteString("new"); err != nil {
				t.Fatal(err)
			}
			if c.prepare != nil {
				if err := c.prepare(dir); err != nil {
					t.Fatal(err)
				}
			}
			if err := p.commit(path); !errors.Is(err, c.is) || c.is == nil && err != nil {
				t.Errorf("%v, want %v", err, c.is)
			}
			got := contents(t, dir)
			if len(got) != len(c.want) {
				t.Errorf("left are %q, want %q", got, c.want)
			}
			for name, text := range c.want {
				if got[name] != text {
					t.Errorf("%s holds %q, want %q", name, got[name], text)
				}
			}
		})
	}
}

// TestModeOfTheResult: in the recording's place it has the recording's permissions, beside one that
// is read-only its owner may write to it.
func TestModeOfTheResult(t *testing.T) {
	for _, c := range []struct {
		inPlace   bool
		mode, got fs.FileMode
	}{{true, 0o400, 0o400}, {true, 0o640, 0o640}, {false, 0o400, 0o600}, {false, 0o644, 0o644}} {
		in := filepath.Join(t.TempDir(), "a.wav")
		out := in
		if !c.inPlace {
			out = in + ".wav"
		}
		if err := os.WriteFile(in, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(in, c.mode); err != nil {
			t.Fatal(err)
		}
		p, err := newOutput(out, c.inPlace, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.commit(in); err != nil {
			t.Fatal(err)
		}
		if st, err := os.Stat(out); err != nil || st.Mode() != c.got {
			t.Errorf("in place %v, of a recording with mode %o: %o, want %o (%v)", c.inPlace, c.mode, st.Mode(), c.got, err)
		}
	}
}

// TestKeepUndone: a copy that was kept in vain is taken away again.
func TestKeepUndone(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.wav")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := newOutput(path, true, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(p.file.Name()); err != nil { // as somebody may who tidies up
		t.Fatal(err)
	}
	if err := p.commit(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if got := contents(t, dir); len(got) != 1 || got["a.wav"] != "old" {
		t.Errorf("left are %q", got)
	}
}

// TestResultsAreLeftOut: what a run has written is not cleaned with its folder again,
// whatever it was called.
func TestResultsAreLeftOut(t *testing.T) {
	t.Chdir(t.TempDir())
	f := pcm.Format{Rate: 48000, Channels: 1, Encoding: pcm.Int16}
	for _, name := range []string{"a.wav", "b.wav"} {
		if err := wav.WriteFile(name, f, make([]float32, 480)); err != nil {
			t.Fatal(err)
		}
	}
	run := func(out string, o PlanOptions, inputs ...string) Batch {
		b, err := Plan(inputs, out, o)
		if err != nil {
			t.Fatal(err)
		}
		if failed := Run(t.Context(), b.Jobs, 1, options, ends{map[string]error{}}); failed != 0 {
			t.Fatalf("%d failed", failed)
		}
		return b
	}
	run("out", PlanOptions{Residual: "gone"}, ".")
	run("again", PlanOptions{}, "a.wav", "b.wav")
	if !hasResultMark("out/a.wav") {
		t.Skip("SKIPPED: this file system keeps no marks, results of other folders are not told")
	}
	if b := run("third", PlanOptions{}, "."); len(b.Jobs) != 2 || len(b.Results) != 6 {
		t.Errorf("%v were cleaned again, %v left out", b.Jobs, b.Results)
	}
	run("", PlanOptions{InPlace: true}, "a.wav", "b.wav")
	if b := run("fourth", PlanOptions{}, "."); len(b.Jobs) != 0 || len(b.Results) != 12 {
		t.Errorf("%v were cleaned again, %v left out", b.Jobs, b.Results)
	}
	if b := run("fifth", PlanOptions{}, "out/a.wav", "b.wav"); len(b.Jobs) != 2 {
		t.Errorf("%v were cleaned; what is named is", b.Jobs)
	}
}
