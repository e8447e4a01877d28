package clean

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tree makes empty files.
func tree(t *testing.T, names ...string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, name := range names {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPlan(t *testing.T) {
	files := []string{"a.wav", "b.flac", "in/a.wav", "in/deep/c.MP3", "in/notes.txt", "in/.hidden.wav", "in/.git/x.wav", "out/a.wav", "two/a.wav", "empty/notes.txt"}
	for _, c := range []struct {
		name   string
		inputs string
		out    string
		o      PlanOptions
		want   string // in>out, or the error's end
	}{
		{"one", "a.wav", "x.wav", PlanOptions{}, "a.wav>x.wav"},
		{"into a folder", "a.wav", "out", PlanOptions{}, "a.wav>out/a.wav"},
		{"into a new folder", "a.wav", "new/", PlanOptions{}, "a.wav>new/a.wav"},
		{"several", "a.wav b.flac", "new", PlanOptions{}, "a.wav>new/a.wav b.flac>new/b.flac"},
		{"a tree", "in", "new", PlanOptions{}, "in/a.wav>new/a.wav in/deep/c.MP3>new/deep/c.MP3"},
		{"two trees", "in two", "new", PlanOptions{}, "in/a.wav>new/in/a.wav in/deep/c.MP3>new/in/deep/c.MP3 two/a.wav>new/two/a.wav"},
		{"output within the input", ".", "out", PlanOptions{}, "a.wav>out/a.wav b.flac>out/b.flac in/a.wav>out/in/a.wav in/deep/c.MP3>out/in/deep/c.MP3 two/a.wav>out/two/a.wav"},
		{"pattern", "*/*.wav", "new", PlanOptions{}, "! would both become new/a.wav; clean them one after the other"},
		{"pattern of one", "?.wav", "new", PlanOptions{}, "a.wav>new/a.wav"},
		{"no match", "*.ogg", "new", PlanOptions{}, "*.ogg! no file matches *.ogg"},
		{"nothing in it", "in/.git", "new", PlanOptions{}, "in/.git/x.wav>new/x.wav"},
		{"missing", "z.wav", "new", PlanOptions{}, "z.wav! cannot read z.wav: no such file or directory"},
		{"skip", "a.wav b.flac", "out", PlanOptions{SkipExisting: true}, "b.flac>out/b.flac"},
		{"in place", "a.wav a.wav in", "", PlanOptions{InPlace: true}, "a.wav>a.wav in/a.wav>in/a.wav in/deep/c.MP3>in/deep/c.MP3"},
		{"over itself", "a.wav", "./a.wav", PlanOptions{}, "! use --in-place to replace it"},
		{"over another", "a.wav out/a.wav", "out", PlanOptions{}, "! clean them one after the other"},
		{"residue over it", "a.wav", "x.wav", PlanOptions{Residue: "a.wav"}, "! use --in-place to replace it"},
		{"residue over itself", "a.wav", "", PlanOptions{InPlace: true, Residue: "./a.wav"}, "! it is to hold another result already; name another file"},
		{"residues over all", "in", "", PlanOptions{InPlace: true, Residue: "in"}, "! it is to hold another result already; name another file"},
		{"picture over itself", "a.wav", "", PlanOptions{InPlace: true, Picture: "a.wav"}, "! it is to hold another result already; name another file"},
		{"picture over another", "a.wav", "x.wav", PlanOptions{Picture: "a.wav"}, "! use --in-place to replace it"},
		{"residue over the result", "a.wav", "x.wav", PlanOptions{Residue: "x.wav"}, "! it is to hold another result already; name another file"},
		{"residues over all results", "in", "new", PlanOptions{Residue: "./new"}, "! it is to hold another result already; name another file"},
		{"residue over one left out", "a.wav", "out/a.wav", PlanOptions{SkipExisting: true, Residue: "out/a.wav"}, "! it is to hold another result already; name another file"},
		{"residues in the folder, in place", "in", "", PlanOptions{InPlace: true, Residue: "in/deep"}, "in/a.wav>in/a.wav"},
		{"a folder over itself", "two", "two/", PlanOptions{}, "! use --in-place to replace it"},
		{"all to nowhere", "a.wav", os.DevNull, PlanOptions{Residue: os.DevNull}, "a.wav>" + os.DevNull},
		{"no match for one of two", "a.wav *.ogg", "new", PlanOptions{}, "a.wav>new/a.wav *.ogg! no file matches *.ogg"},
		{"a folder of nothing and a file", "empty a.wav", "new", PlanOptions{}, "empty! no recording is in empty a.wav>new/a.wav"},
		{"the recording left out", "two/a.wav", "two", PlanOptions{SkipExisting: true}, "! use --in-place to replace it"},
		{"two to a pipe", "a.wav", "-", PlanOptions{Residue: "-"}, "! it is to hold another result already; name another file"},
		{"one missing of two", "a.wav z.wav", "new", PlanOptions{}, "a.wav>new/a.wav z.wav! cannot read z.wav: no such file or directory"},
		{"skip but for the residue", "a.wav", "out/a.wav", PlanOptions{SkipExisting: true, Residue: "r.wav"}, "a.wav>out/a.wav"},
		{"skip the recording itself", "a.wav", "a.wav", PlanOptions{SkipExisting: true}, "! use --in-place to replace it"},
		{"pipe", "-", "x.wav", PlanOptions{}, "->x.wav"},
		{"several to a pipe", "a.wav b.flac", "-", PlanOptions{}, "! name a folder"},
		{"pipe in place", "-", "", PlanOptions{InPlace: true}, "! cannot be replaced in place"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tree(t, files...)
			b, err := Plan(strings.Fields(c.inputs), c.out, c.o)
			if want, bad := strings.CutPrefix(c.want, "! "); bad {
				if err == nil || !strings.HasSuffix(err.Error(), want) {
					t.Fatalf("error %v, want one that ends in %q", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, j := range b.Jobs {
				if j.err != nil {
					got = append(got, j.In+"! "+j.err.Error())
				} else {
					got = append(got, j.In+">"+j.Out)
				}
			}
			if got := strings.Join(got, " "); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// Links are what they lead to.
func TestPlanLinks(t *testing.T) {
	tree(t, "in/a.wav", "hard.wav")
	if err := os.Symlink("a.wav", "in/soft.wav"); err != nil {
		t.Skipf("SKIPPED: no links here: %v", err)
	}
	if err := os.Link("hard.wav", "other.wav"); err != nil {
		t.Fatal(err)
	}
	b, err := Plan([]string{"in"}, "", PlanOptions{InPlace: true})
	if err != nil || len(b.Jobs) != 1 {
		t.Errorf("%d jobs, %v; the same recording twice is one", len(b.Jobs), err)
	}
	if _, err := Plan([]string{"in/a.wav"}, "hard.wav", PlanOptions{Residue: "other.wav"}); err == nil {
		t.Error("two outputs into the same file")
	}
	if _, err := Plan([]string{"hard.wav"}, "", PlanOptions{InPlace: true, Residue: "other.wav"}); err == nil {
		t.Error("the residue over the recording")
	}
}

// Residue and pictures of several recordings go into folders, each by its name.
func TestPlanSideOutputs(t *testing.T) {
	tree(t, "in/a.wav", "in/deep/b.wav")
	b, err := Plan([]string{"in"}, "out", PlanOptions{Residue: "gone", Picture: "seen"})
	if err != nil {
		t.Fatal(err)
	}
	want := Job{In: "in/deep/b.wav", Out: "out/deep/b.wav", Residue: "gone/deep/b.wav", Picture: "seen/deep/b.wav.png", mkdir: true}
	if len(b.Jobs) != 2 || b.Jobs[1] != want {
		t.Errorf("%+v, want %+v", b.Jobs, want)
	}
}
