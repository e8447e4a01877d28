package clean

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stillmic/stillmic/audioio/ogg"
	"github.com/stillmic/stillmic/audioio/pcm"
)

// TestSeveralArtistsAndNoOldLoudness: two artists of an Ogg file are two in MP3 and m4a, too, and again in what is made of these, and
// nothing of its ReplayGain goes along, as the samples are others.
func TestSeveralArtistsAndNoOldLoudness(t *testing.T) {
	needFFmpeg(t)
	dir := t.TempDir()
	wav, in := filepath.Join(dir, "in.wav"), filepath.Join(dir, "in.ogg")
	writeFile(t, wav, pcm.Format{Rate: 44100, Channels: 1, Encoding: pcm.Int16}, tone(44100, 1, 20000))
	ffmpeg(t, "-i", wav, in)
	if err := ogg.ReplaceComments(in, []string{"TITLE=Title", "ARTIST=A", "ARTIST=B", "REPLAYGAIN_TRACK_GAIN=-3.00 dB", "R128_TRACK_GAIN=7"}); err != nil {
		t.Fatal(err)
	}
	stale := regexp.MustCompile("(?i)replaygain|r128_")
	for _, ext := range []string{".mp3", ".m4a", ".flac", ".ogg", ".mka"} {
		out := filepath.Join(dir, "out"+ext)
		if _, err := File(t.Context(), Job{In: in, Out: out}, options); err != nil {
			t.Error(err)
			continue
		}
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if found := stale.Find(b); found != nil || !bytes.Contains(b, []byte("Title")) {
			t.Errorf("%s: %q of another loudness is in it, or no title", ext, found)
		}
		switch ext {
		case ".mka":
			for _, other := range []string{".mp3", ".flac", ".m4a", ".mka", ".mkv"} {
				again := filepath.Join(dir, "from-mka"+other)
				if _, err := File(t.Context(), Job{In: out, Out: again}, options); err != nil {
					t.Error(err)
				} else if got := artists(t, again); !slices.Equal(got, []string{"A", "B"}) {
					t.Errorf("from Matroska to %s: artists %q", other, got)
				}
			}
			if got := artists(t, out); !slices.Equal(got, []string{"A", "B"}) {
				t.Errorf("%s: artists %q", ext, got)
			}
		case ".m4a":
			if n := len(regexp.MustCompile(`data\x00\x00\x00\x01\x00\x00\x00\x00[AB](\x00|$)`).FindAll(b, -1)); n != 2 {
				t.Errorf("%s: %d artists", ext, n)
			}
			for _, other := range []string{".mp3", ".flac", ".ogg"} {
				again := filepath.Join(dir, "from-m4a"+other)
				if _, err := File(t.Context(), Job{In: out, Out: again}, options); err != nil {
					t.Error(err)
				} else if got := artists(t, again); len(got) != 2 {
					t.Errorf("from m4a to %s: artists %q", other, got)
				}
			}
		default:
			if got := artists(t, out); len(got) != 2 {
				t.Errorf("%s: artists %q", ext, got)
			}
		}
		if ext != ".mp3" {
			continue
		}
		again := filepath.Join(dir, "again.mp3") // byte by byte
		if _, err := File(t.Context(), Job{In: out, Out: again}, options); err != nil || len(artists(t, again)) != 2 {
			t.Errorf("from MP3 to MP3: %v", err)
		}
	}
}

// TestUnreadableCover: a picture that nobody can read keeps no sound from being cleaned. It goes
// along where tags do byte by byte, else it is left out, and counted.
func TestUnreadableCover(t *testing.T) {
	needFFmpeg(t)
	dir := t.TempDir()
	wav, cover := filepath.Join(dir, "in.wav"), filepath.Join(dir, "cover.png")
	writeFile(t, wav, pcm.Format{Rate: 44100, Channels: 1, Encoding: pcm.Int16}, tone(44100, 1, 20000))
	ffmpeg(t, "-f", "lavfi", "-i", "testsrc=size=64x64", "-frames:v", "1", cover)
	picture, err := os.ReadFile(cover)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from string
		left map[string]int // what is left out, by the result's format
	}{{".m4a", map[string]int{".m4a": 0, ".flac": 1, ".ogg": 1, ".wav": 0}}, {".mp3", map[string]int{".mp3": 0, ".m4a": 1, ".mka": 1}}} {
		in := filepath.Join(dir, "in"+c.from)
		ffmpeg(t, "-i", wav, "-i", cover, "-map", "0", "-map", "1", "-c:v", "copy", "-disposition:v:0", "attached_pic", in)
		b, err := os.ReadFile(in)
		if err != nil {
			t.Fatal(err)
		}
		at := bytes.Index(b, picture)
		if at < 0 {
			t.Fatal("the cover is not in it")
		}
		copy(b[at:], bytes.Repeat([]byte("garbage"), len(picture)/7))
		if err := os.WriteFile(in, b, 0o600); err != nil {
			t.Fatal(err)
		}
		for ext, left := range c.left {
			out := filepath.Join(dir, c.from[1:]+"-out"+ext)
			res, err := File(t.Context(), Job{In: in, Out: out}, options)
			if err != nil || res.Covers != left {
				t.Errorf("%s to %s: %d covers are left out, want %d: %v", c.from, ext, res.Covers, left, err)
				continue
			}
			if got, err := os.ReadFile(out); err != nil || ext == c.from && !bytes.Contains(got, []byte("garbagegarbage")) {
				t.Errorf("%s to %s: the cover has changed: %v", c.from, ext, err)
			}
		}
	}
}
