package mp4

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// make has ffmpeg write a file of a second of noise.
func makeFile(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("SKIPPED: ffmpeg is not installed, no MP4 is tried")
	}
	path := filepath.Join(t.TempDir(), name)
	all := append([]string{"-v", "error", "-f", "lavfi", "-i", "anoisesrc=d=1:a=0.1:r=44100"}, args...)
	if out, err := exec.Command("ffmpeg", append(all, "-c:a", "aac", path)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// sound returns a checksum of every packet of a file.
func sound(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "error", "-i", path, "-map", "0:a", "-c", "copy", "-f", "framecrc", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// freeform is a tag with a name of its own.
func freeform(name, value string) []byte {
	b := appendBox(nil, "mean", []byte("\x00\x00\x00\x00com.apple.iTunes"))
	b = appendBox(b, "name", []byte("\x00\x00\x00\x00"+name))
	return appendBox(nil, "----", appendBox(b, "data", []byte("\x00\x00\x00\x01\x00\x00\x00\x00"+value)))
}

// withTags puts more into a file's list of tags.
func withTags(t *testing.T, path string, more []byte) {
	t.Helper()
	x, err := readMoov(path)
	if err != nil || !x.last {
		t.Fatal(err)
	}
	moov, _ := boxes(x.body)
	var b []byte
	for _, c := range moov {
		if c.kind == "udta" {
			udta, _ := boxes(c.body)
			meta := find(udta, "meta")
			list, _ := boxes(meta[4:])
			for i := range list {
				if list[i].kind == "ilst" {
					list[i].body = append(slices.Clone(list[i].body), more...)
				}
			}
			var body []byte
			for _, l := range list {
				body = appendBox(body, l.kind, l.body)
			}
			c.body = appendBox(nil, "meta", append(make([]byte, 4), body...))
		}
		b = appendBox(b, c.kind, c.body)
	}
	if err := os.WriteFile(path, append(read(t, path)[:x.at], appendBox(nil, "moov", b)...), 0o600); err != nil {
		t.Fatal(err)
	}
}

// What a file of iTunes' says is in the other one, but for what is about the samples, and
// these are as they were.
func TestCopyUserData(t *testing.T) {
	from := makeFile(t, "from.m4a", "-metadata", "title=Theirs", "-metadata", "artist=A1")
	to := makeFile(t, "to.m4a", "-metadata", "title=Mine", "-metadata", "album=Mine")
	kept := slices.Concat(freeform("LABEL", "L"), freeform("MusicBrainz Track Id", "x-1"),
		appendBox(nil, "pcst", appendBox(nil, "data", []byte{0, 0, 0, 21, 0, 0, 0, 0, 1})))
	withTags(t, from, slices.Concat(kept, freeform("iTunSMPB", " 00000000 00000840")))
	before := sound(t, to)
	if err := CopyUserData(to, from); err != nil {
		t.Fatal(err)
	}
	if after := sound(t, to); after != before {
		t.Errorf("the sound was\n%s\nis\n%s", before, after)
	}
	b := read(t, to)
	for text, there := range map[string]bool{"Theirs": true, "Mine": false, string(kept): true, "iTunSMPB": false, "\xa9too": true} {
		if bytes.Contains(b, []byte(text)) != there {
			t.Errorf("%q is there: %v, want %v", text, !there, there)
		}
	}
	out, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "format_tags", "-of", "compact", to).Output()
	if err != nil || !strings.Contains(string(out), "title=Theirs") || !strings.Contains(string(out), "LABEL=L") || strings.Contains(string(out), "album") {
		t.Errorf("ffprobe finds %s, %v", out, err)
	}
}

// The keys of telephones go between files of both kinds.
func TestCopyKeys(t *testing.T) {
	from := makeFile(t, "from.mov", "-movflags", "use_metadata_tags", "-metadata", "com.apple.quicktime.make=Maker")
	for _, name := range []string{"to.mov", "to.mp4"} {
		to := makeFile(t, name)
		before := sound(t, to)
		if err := CopyUserData(to, from); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "format_tags", "-of", "compact", to).Output()
		if err != nil || !strings.Contains(string(out), "com.apple.quicktime.make=Maker") || sound(t, to) != before {
			t.Errorf("%s: ffprobe finds %s, %v", name, out, err)
		}
	}
}

// A file stays as it is whose index lies before the samples, and one to which a damaged
// one is to give its tags.
func TestCopyLeavesAlone(t *testing.T) {
	from := makeFile(t, "from.m4a", "-metadata", "title=Theirs")
	first := makeFile(t, "first.m4a", "-movflags", "faststart")
	damaged := filepath.Join(t.TempDir(), "damaged.m4a")
	at := bytes.Index(read(t, from), []byte("ilst"))
	b := read(t, from)
	b[at-3] = 0xFF // 16 MB
	if err := os.WriteFile(damaged, b, 0o600); err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut.m4a")
	if err := os.WriteFile(cut, b[:at], 0o600); err != nil {
		t.Fatal(err)
	}
	last := makeFile(t, "last.m4a")
	for _, c := range [][2]string{{first, from}, {last, damaged}, {last, cut}, {cut, from}} {
		before := read(t, c[0])
		if err := CopyUserData(c[0], c[1]); err != nil || !bytes.Equal(read(t, c[0]), before) {
			t.Errorf("%s of %s: changed, or %v", filepath.Base(c[0]), filepath.Base(c[1]), err)
		}
	}
}

// FuzzBoxes reads what is no box: an error, no panic.
func FuzzBoxes(f *testing.F) {
	f.Add(appendBox(appendBox(nil, "udta", appendBox(nil, "meta", append(make([]byte, 4), freeform("a", "b")...))), "meta", nil))
	f.Fuzz(func(_ *testing.T, b []byte) {
		x := index{body: b}
		if out, err := x.with(index{body: b, quickTime: true}); err == nil {
			_, _ = (index{body: out}).with(x)
		}
		_, _ = tags(b, b)
	})
}
