package clean

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio/ogg"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/recording"
)

// TestCoversBetweenContainers: a cover goes from one kind of file into another, and several artists stay several where the other has Vorbis comments, or the same tags.
func TestCoversBetweenContainers(t *testing.T) {
	needFFmpeg(t)
	dir := t.TempDir()
	wav, cover := filepath.Join(dir, "in.wav"), filepath.Join(dir, "cover.png")
	writeFile(t, wav, pcm.Format{Rate: 44100, Channels: 1, Encoding: pcm.Int16}, tone(44100, 1, 20000))
	ffmpeg(t, "-f", "lavfi", "-i", "testsrc=size=64x64", "-frames:v", "1", cover)
	covered := func(ext string, args ...string) string {
		path := filepath.Join(dir, "in"+ext)
		ffmpeg(t, append(append([]string{"-i", wav, "-i", cover, "-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v:0", "attached_pic"},
			args...), path)...)
		return path
	}
	plain := filepath.Join(dir, "in.ogg")
	ffmpeg(t, "-i", wav, plain)
	if err := ogg.ReplaceComments(plain, []string{"TITLE=Title", "ARTIST=A", "ARTIST=B", pictureComment(t, cover)}); err != nil {
		t.Fatal(err)
	}
	mp3 := covered(".mp3", "-metadata", "title=Title", "-metadata", "artist=A+B", "-id3v2_version", "4")
	severalArtists(t, mp3)
	for _, c := range []struct {
		in      string
		artists int
		results []string // their ends
	}{
		{mp3, 2, []string{".mp3", ".flac", ".ogg"}},
		{plain, 2, []string{".flac", ".opus"}},
		{covered(".m4a", "-metadata", "title=Title", "-metadata", "artist=A"), 1, []string{".flac", ".opus"}},
		{covered(".aiff", "-write_id3v2", "1", "-metadata", "title=Title", "-metadata", "artist=A"), 1, []string{".flac"}},
	} {
		for _, ext := range c.results {
			out := filepath.Join(dir, strings.TrimPrefix(filepath.Ext(c.in), ".")+"-out"+ext)
			if _, err := File(t.Context(), Job{In: c.in, Out: out}, options); err != nil {
				t.Error(err)
				continue
			}
			lines := strings.Join(carried(t, out), "\n")
			if n := strings.Count(lines, "attached_pic"); n != 1 || !strings.Contains(lines, "title=Title") {
				t.Errorf("%s to %s: %d covers:\n%s", filepath.Ext(c.in), ext, n, lines)
			}
			if got := artists(t, out); len(got) != c.artists {
				t.Errorf("%s to %s: artists %q", filepath.Ext(c.in), ext, got)
			}
		}
	}
}

// severalArtists makes two of the artist "A+B" of an MP3, which ffmpeg cannot.
func severalArtists(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(b), "A+B"); n != 1 {
		t.Fatalf("%d artists", n)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(b), "A+B", "A\x00B", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// artists are those that a file names.
func artists(t *testing.T, path string) (names []string) {
	t.Helper()
	r, err := recording.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, tag := range r.Metadata().Tags {
		if tag[0] == "ARTIST" {
			names = append(names, tag[1])
		}
	}
	slices.Sort(names)
	if len(names) == 2 && fmt.Sprint(names) != "[A B]" {
		t.Errorf("%s: %q", path, names)
	}
	return names
}
