package clean

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio/ogg"
	"github.com/stillmic/stillmic/audioio/pcm"
)

// carried is what ffprobe finds in a file beside its sound, as lines.
func carried(t *testing.T, path string) (lines []string) {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", "-show_chapters", path).Output()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var found struct {
		Format   struct{ Tags map[string]string }
		Chapters []struct {
			Start string `json:"start_time"`
			Tags  map[string]string
		}
		Streams []struct {
			Kind        string `json:"codec_type"`
			Codec       string `json:"codec_name"`
			Disposition map[string]int
			Tags        map[string]string
		}
	}
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatal(err)
	}
	add := func(where string, tags map[string]string) {
		for name, value := range tags {
			switch strings.ToLower(name) {
			case "encoder", "duration", "major_brand", "minor_version", "compatible_brands", "handler_name", "vendor_id", "encoder_options",
				"bps", "number_of_frames", "number_of_bytes", "_statistics_writing_app", "_statistics_writing_date_utc", "_statistics_tags", "iswmt":
			default:
				lines = append(lines, fmt.Sprintf("%s: %s=%s", where, strings.ToLower(name), value))
			}
		}
	}
	add("file", found.Format.Tags)
	for i, c := range found.Chapters {
		lines = append(lines, fmt.Sprintf("chapter %d begins at %.5s", i, c.Start))
		add(fmt.Sprintf("chapter %d", i), c.Tags)
	}
	for i, s := range found.Streams {
		lines = append(lines, fmt.Sprintf("stream %d: %s", i, s.Kind))
		for mark, set := range s.Disposition {
			if set != 0 {
				lines = append(lines, fmt.Sprintf("stream %d: %s", i, mark))
			}
		}
		add(fmt.Sprintf("stream %d", i), s.Tags)
	}
	return lines
}

// kindOf sorts the lines of carried.
func kindOf(line string) string {
	where, what, _ := strings.Cut(line, ": ")
	switch {
	case strings.HasPrefix(where, "chapter"):
		return "chapters"
	case what == "attached_pic":
		return "cover"
	case strings.Contains(what, "=") && where == "file":
		return "tags"
	case strings.Contains(what, "="):
		return "tags of tracks"
	case what == "audio", what == "video":
		return "tracks"
	}
	return "marks"
}

// columns are the kinds of metadata, in the order of the README's table.
var columns = []string{"tags", "tags of tracks", "marks", "cover", "chapters"}

// tableRow is the README's row of a container of which kinds came through.
func tableRow(ext string, kinds map[string]int) string {
	if ext == ".ogg" || ext == ".opus" { // have none but those of their one track
		kinds = map[string]int{"tags": kinds["tags of tracks"], "cover": kinds["cover"], "chapters": kinds["chapters"]}
	}
	row := "| " + ext[1:] + " |"
	for _, c := range columns {
		cell := " |"
		if kinds[c] > 0 {
			cell = " yes |"
		}
		row += cell
	}
	return row
}

// pictureComment is a cover as Ogg files have it: FLAC's block of a picture, in base64.
func pictureComment(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var b []byte
	text := func(s string) { b = append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...) }
	b = binary.BigEndian.AppendUint32(b, 3) // the front
	text("image/png")
	text("")
	for _, n := range []uint32{64, 64, 24, 0} {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	text(string(data))
	return "METADATA_BLOCK_PICTURE=" + base64.StdEncoding.EncodeToString(b)
}

// TestMetadataRoundTrip gives every container as much as it holds, by ffmpeg, which writes no
// covers into Ogg, and finds all that again in the result. The table of what came through is
// the README's; -v prints it.
func TestMetadataRoundTrip(t *testing.T) {
	needFFmpeg(t)
	dir := t.TempDir()
	wav, cover, notes := filepath.Join(dir, "in.wav"), filepath.Join(dir, "cover.png"), filepath.Join(dir, "chapters.txt")
	writeFile(t, wav, pcm.Format{Rate: 44100, Channels: 2, Encoding: pcm.Int16}, tone(44100, 2, 60000))
	ffmpeg(t, "-f", "lavfi", "-i", "testsrc=size=64x64", "-frames:v", "1", cover)
	words := ";FFMETADATA1\ntitle=Title\nartist=Artist\nalbum=Album\ndate=2026\ncomment=Words\ngenre=Speech\ntrack=3\ncopyright=Me\n" +
		"[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=600\ntitle=One\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=600\nEND=1300\ntitle=Two\n"
	if err := os.WriteFile(notes, []byte(words), 0o600); err != nil {
		t.Fatal(err)
	}
	// Sound, tags and chapters; a cover or pictures; a second sound.
	plain := []string{"-i", wav, "-i", notes, "-map_metadata", "1", "-map_chapters", "1", "-map", "0:a", "-metadata:s:a:0", "title=First", "-metadata:s:a:0", "language=deu"}
	covered := append([]string{"-i", cover}, "-map", "2:v", "-disposition:v:0", "attached_pic", "-c:v", "png")
	second := []string{"-map", "0:a", "-metadata:s:a:1", "title=Second", "-metadata:s:a:1", "language=fra", "-disposition:a:0", "0", "-disposition:a:1", "default+dub"}
	with := func(more ...[]string) []string {
		// Inputs come first.
		all := slices.Clone(plain[:4])
		for i, m := range more {
			if m[0] == "-i" {
				all, more[i] = append(all, m[:2]...), m[2:]
			}
		}
		return slices.Concat(append([][]string{all, plain[4:]}, more...)...)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		ext  string
		args []string
	}{
		{".wav", with()}, {".flac", with(covered)}, {".mp3", with(covered)}, {".ogg", with()}, {".opus", with()}, {".m4a", with(covered)}, {".m4b", with(covered)},
		{".aiff", with(append(slices.Clip(covered), "-write_id3v2", "1"))}, {".caf", with()}, {".wma", with()}, {".mka", with(second)}, {".mkv", with(second)}, {".mp4", with(covered, second)}, {".mov", with(covered, second)},
		{".webm", with(append(second[:6:6], "-c:a", "libopus"))}, {".wv", with()}, {".tta", with()}, {".au", with()}, {".w64", with()}, {".ts", with(second)},
		{".avi", with()}, {".3gp", with()},
	} {
		t.Run(c.ext, func(t *testing.T) {
			t.Parallel()
			in, out := filepath.Join(dir, "in-"+c.ext[1:]+c.ext), filepath.Join(dir, "out-"+c.ext[1:]+c.ext)
			more := []string{in}
			if c.ext == ".3gp" {
				more = []string{"-c:a", "aac", in}
			}
			ffmpeg(t, append(slices.Clone(c.args), more...)...)
			if c.ext == ".ogg" || c.ext == ".opus" {
				if err := ogg.ReplaceComments(in, []string{"title=Title", "artist=A", "artist=B", pictureComment(t, cover),
					"CHAPTER000=00:00:00.000", "CHAPTER000NAME=One", "CHAPTER001=00:00:00.600", "CHAPTER001NAME=Two"}); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := File(t.Context(), Job{In: in, Out: out}, options); err != nil {
				t.Fatal(err)
			}
			want, got := carried(t, in), carried(t, out)
			kinds := map[string]int{}
			for _, line := range want {
				kinds[kindOf(line)]++
				if !slices.Contains(got, line) {
					t.Errorf("lost: %s; there are %q", line, got)
				}
			}
			row := tableRow(c.ext, kinds)
			if t.Log(row); !strings.Contains(string(readme), "\n"+row+"\n") {
				t.Errorf("the README's table of metadata lacks the row %s", row)
			}
		})
	}
}
