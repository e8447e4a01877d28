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
	files := []string{"a.wav", "b.flac", "in/a.wav", "in/deep/c.MP3", "in/notes.txt", "in/.hidden.wav", "in/.git/x.wav", "out/a.wav", "two/a.wav", "empty/notes.txt",
		"p.png", "voice.amr", "there/in/a.wav", "there/two/a.wav", "odd.wav/notes.txt", "done/a.wav", "done/a-clean.wav", "done/v.amr", "done/v-clean.wav",
		"done/b.flac", "done/b.orig.flac", "done/c-clean.wav", "done/in/d.wav", "done/in/d.orig.wav", "done/e.orig.wav",
		"memos/a.amr", "memos/b.SPX", "memos/b.wav", "memos/c.aifc", "memos/d.vob", "memos/none.pdf"}
	for _, c := range []struct {
		name   string
		inputs string
		out    string
		o      PlanOptions
		want   string // in>out, or the error's end
	}{
		{"one", "a.wav", "x.wav", PlanOptions{}, "a.wav>x.wav"},
		{"into a folder", "b.flac", "out", PlanOptions{}, "b.flac>out/b.flac"},
		{"one that is there", "b.flac", "a.wav", PlanOptions{}, "! a.wav exists; add --overwrite to replace it, or name another file or a folder"},
		{"in a folder", "a.wav", "out", PlanOptions{}, "! out/a.wav exists; add --overwrite to replace it, or name another file or a folder"},
		{"several", "in two", "there", PlanOptions{}, "! there/in/a.wav and 1 more exist; add --overwrite to replace them, or --skip-existing to leave them out"},
		{"a residual", "a.wav", "x.wav", PlanOptions{Residual: "b.flac"}, "! b.flac exists; add --overwrite to replace it, or name another file or a folder"},
		{"a picture", "a.wav", "x.wav", PlanOptions{Picture: "p.png"}, "! p.png exists; add --overwrite to replace it, or name another file or a folder"},
		{"a residual in place", "a.wav", "", PlanOptions{InPlace: true, Residual: "b.flac"}, "! b.flac exists; add --overwrite to replace it, or name another file or a folder"},
		{"overwritten", "a.wav", "out/a.wav", PlanOptions{Overwrite: true, Residual: "b.flac"}, "a.wav>out/a.wav"},
		{"over itself all the same", "a.wav", "a.wav", PlanOptions{Overwrite: true}, "! use --in-place to replace it"},
		{"a file for several", "a.wav b.flac", "in/notes.txt", PlanOptions{}, "! in/notes.txt is a file; several recordings go into a folder: name one"},
		{"a folder with a file's name", "a.wav b.flac", "new.wav", PlanOptions{}, "! new.wav is the name of a file; several recordings go into a folder: name one"},
		{"a folder with a video's name", "in", "new.MKV", PlanOptions{}, "! new.MKV is the name of a file; several recordings go into a folder: name one"},
		{"a folder for one with a file's name", "a.wav", "new.wav/", PlanOptions{}, "! new.wav/ is the name of a file; several recordings go into a folder: name one"},
		{"residuals' folder", "in", "new", PlanOptions{Residual: "gone.wav"}, "! gone.wav is the name of a file; several recordings go into a folder: name one"},
		{"pictures' folder", "in", "new", PlanOptions{Picture: "seen.png"}, "! seen.png is the name of a file; several recordings go into a folder: name one"},
		{"such a folder is there", "a.wav b.flac", "odd.wav", PlanOptions{}, "! odd.wav is a folder with the name of a recording; if the results belong into it, write odd.wav/"},
		{"and is meant", "a.wav b.flac", "odd.wav/", PlanOptions{}, "a.wav>odd.wav/a.wav b.flac>odd.wav/b.flac"},
		{"what was removed of one into a folder", "a.wav", "new.wav", PlanOptions{Residual: "in"}, "! in is a folder; for one recording name a file"},
		{"no suffix", "a.wav", "new", PlanOptions{}, "! new: its name does not say what to write; let it end in .wav, .flac or .m4a, or in / for a folder"},
		{"one alone", "a.wav", "", PlanOptions{}, "a.wav>a-clean.wav"},
		{"one alone, far away", "in/deep/c.MP3", "", PlanOptions{}, "in/deep/c.MP3>in/deep/c-clean.MP3"},
		{"one alone that is not written", "voice.amr", "", PlanOptions{}, "voice.amr>voice-clean.wav"},
		{"formats that are only read", "memos", "new", PlanOptions{}, "memos/a.amr>new/a.wav memos/b.SPX>new/b.SPX.wav memos/b.wav>new/b.wav memos/c.aifc>new/c.aifc memos/d.vob>new/d.mkv"},
		{"one of them into a folder", "memos/a.amr", "out/", PlanOptions{Overwrite: true}, "memos/a.amr>out/a.wav"},
		{"one of them alone", "memos/d.vob", "", PlanOptions{}, "memos/d.vob>memos/d-clean.mkv"},
		{"what else is there", "empty", "new", PlanOptions{}, "empty! no recording is in empty, only empty/notes.txt"},
		{"a folder alone", "two/", "", PlanOptions{}, "two/a.wav>two-clean/a.wav"},
		{"this folder alone", ".", "", PlanOptions{}, "! say last into which folder the results of . go"},
		{"a pipe alone", "-", "", PlanOptions{}, "! say last where the result of the standard input goes"},
		{"a pattern alone", "*.ogg", "", PlanOptions{}, "! say last into which folder the results go"},
		{"a result alone", "done/a-clean.wav", "", PlanOptions{}, "! to clean it again, say last where that goes"},
		{"one alone, done", "done/a.wav", "", PlanOptions{}, "! done/a-clean.wav exists; add --overwrite to replace it, or name another file or a folder"},
		{"results in a folder", "done", "new", PlanOptions{}, "done/a.wav>new/a.wav done/c-clean.wav>new/c-clean.wav done/e.orig.wav>new/e.orig.wav done/v.amr>new/v.wav"},
		{"only results", "done/in", "new", PlanOptions{}, ""},
		{"results that are named", "done/a-clean.wav done/b.flac", "new", PlanOptions{}, "done/a-clean.wav>new/a-clean.wav done/b.flac>new/b.flac"},
		{"in place again", "done/b.flac", "", PlanOptions{InPlace: true}, "! done/b.orig.flac exists: done/b.flac was cleaned in place before; to clean it again, add --no-backup"},
		{"in place again, no copy", "done/b.flac", "", PlanOptions{InPlace: true, NoBackup: true}, "done/b.flac>done/b.flac"},
		{"into a new folder", "a.wav", "new/", PlanOptions{}, "a.wav>new/a.wav"},
		{"several", "a.wav b.flac", "new", PlanOptions{}, "a.wav>new/a.wav b.flac>new/b.flac"},
		{"a tree", "in", "new", PlanOptions{}, "in/a.wav>new/a.wav in/deep/c.MP3>new/deep/c.MP3"},
		{"two trees", "in two", "new", PlanOptions{}, "in/a.wav>new/in/a.wav in/deep/c.MP3>new/in/deep/c.MP3 two/a.wav>new/two/a.wav"},
		{"output within the input", "in", "in/deep", PlanOptions{}, "in/a.wav>in/deep/a.wav"},
		{"pattern", "*/*.wav", "new", PlanOptions{}, "! would both become new/a.wav; clean them one after the other"},
		{"pattern of one", "?.wav", "new", PlanOptions{}, "a.wav>new/a.wav"},
		{"no match", "*.ogg", "new", PlanOptions{}, "*.ogg! no file matches *.ogg"},
		{"nothing in it", "in/.git", "new", PlanOptions{}, "in/.git/x.wav>new/x.wav"},
		{"missing", "z.wav", "new.wav", PlanOptions{}, "z.wav! cannot read z.wav: no such file or directory"},
		{"skip", "a.wav b.flac", "out", PlanOptions{SkipExisting: true}, "b.flac>out/b.flac"},
		{"in place", "a.wav a.wav in", "", PlanOptions{InPlace: true}, "a.wav>a.wav in/a.wav>in/a.wav in/deep/c.MP3>in/deep/c.MP3"},
		{"over itself", "a.wav", "./a.wav", PlanOptions{}, "! use --in-place to replace it"},
		{"over another", "a.wav out/a.wav", "out", PlanOptions{}, "! clean them one after the other"},
		{"residual over it", "a.wav", "x.wav", PlanOptions{Residual: "a.wav"}, "! use --in-place to replace it"},
		{"residual over itself", "a.wav", "", PlanOptions{InPlace: true, Residual: "./a.wav"}, "! it is to hold another result already; name another file"},
		{"residuals over all", "in", "", PlanOptions{InPlace: true, Residual: "in"}, "! it is to hold another result already; name another file"},
		{"picture over itself", "a.wav", "", PlanOptions{InPlace: true, Picture: "a.wav"}, "! would be a PNG by another name; let it end in .png"},
		{"picture over another", "a.wav", "x.wav", PlanOptions{Picture: "a.wav"}, "! would be a PNG by another name; let it end in .png"},
		{"residual over the result", "a.wav", "x.wav", PlanOptions{Residual: "x.wav"}, "! it is to hold another result already; name another file"},
		{"residuals over all results", "in", "new", PlanOptions{Residual: "./new"}, "! it is to hold another result already; name another file"},
		{"residual over one left out", "a.wav", "out/a.wav", PlanOptions{SkipExisting: true, Residual: "out/a.wav"}, "! it is to hold another result already; name another file"},
		{"residuals in the folder, in place", "in", "", PlanOptions{InPlace: true, Residual: "in/deep"}, "in/a.wav>in/a.wav"},
		{"a folder over itself", "two", "two/", PlanOptions{}, "! use --in-place to replace it"},
		{"all to nowhere", "a.wav", os.DevNull, PlanOptions{Residual: os.DevNull}, "a.wav>" + os.DevNull},
		{"no match for one of two", "a.wav *.ogg", "new", PlanOptions{}, "a.wav>new/a.wav *.ogg! no file matches *.ogg"},
		{"a folder of nothing and a file", "empty a.wav", "new", PlanOptions{}, "empty! no recording is in empty, only empty/notes.txt a.wav>new/a.wav"},
		{"the recording left out", "two/a.wav", "two", PlanOptions{SkipExisting: true}, "! use --in-place to replace it"},
		{"two to a pipe", "a.wav", "-", PlanOptions{Residual: "-"}, "! it is to hold another result already; name another file"},
		{"one missing of two", "a.wav z.wav", "new", PlanOptions{}, "a.wav>new/a.wav z.wav! cannot read z.wav: no such file or directory"},
		{"skip but for the residual", "a.wav", "out/a.wav", PlanOptions{SkipExisting: true, Residual: "r.wav"}, "! out/a.wav exists; add --overwrite to replace it, or name another file or a folder"},
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
	if _, err := Plan([]string{"in/a.wav"}, "hard.wav", PlanOptions{Residual: "other.wav"}); err == nil {
		t.Error("two outputs into the same file")
	}
	if _, err := Plan([]string{"hard.wav"}, "", PlanOptions{InPlace: true, Residual: "other.wav"}); err == nil {
		t.Error("the residual over the recording")
	}
}

// Links to folders are followed, in a circle once.
func TestPlanLinkedFolders(t *testing.T) {
	tree(t, "talks/a.wav", "talks/deep/b.wav", "more/c.wav")
	for link, to := range map[string]string{"link": "talks", "talks/more": "../more", "talks/deep/up": "..", "more/up": "../talks"} {
		if err := os.Symlink(to, link); err != nil {
			t.Skipf("SKIPPED: no links here: %v", err)
		}
	}
	b, err := Plan([]string{"link"}, "out", PlanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, j := range b.Jobs {
		got = append(got, j.In+">"+j.Out)
	}
	if want := "link/a.wav>out/a.wav link/deep/b.wav>out/deep/b.wav link/more/c.wav>out/more/c.wav"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

// Residual and pictures of several recordings go into folders, each by its name.
func TestPlanSideOutputs(t *testing.T) {
	tree(t, "in/a.wav", "in/deep/b.wav")
	b, err := Plan([]string{"in"}, "out", PlanOptions{Residual: "gone", Picture: "seen"})
	if err != nil {
		t.Fatal(err)
	}
	want := Job{In: "in/deep/b.wav", Out: "out/deep/b.wav", Residual: "gone/deep/b.wav", Picture: "seen/deep/b.wav.png", mkdir: true}
	if len(b.Jobs) != 2 || b.Jobs[1] != want {
		t.Errorf("%+v, want %+v", b.Jobs, want)
	}
}
