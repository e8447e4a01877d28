package mp3

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stillmic/stillmic/audioio/internal/formattest"
	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/wav"
)

// FuzzReader feeds damaged files to decoders that are not ours: whatever they do
// with them, it is an error of ours, no panic, and ends.
func FuzzReader(f *testing.F) {
	b, err := os.ReadFile(filepath.Join("testdata", "tone.mp3"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(withID3(f, slices.Concat(id3Frame("TT2", "A title"), id3Frame("TCO", "(17)"), id3Frame("COM", "eng\x00words"))))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := NewReader(bytes.NewReader(b))
		_, _ = formattest.Damaged(t, r, err, math.MaxFloat32)
	})
}

// id3Frame is a text frame of ID3v2.2, in Latin-1.
func id3Frame(id, text string) []byte {
	n := len(text) + 1
	return append([]byte{id[0], id[1], id[2], byte(n >> 16), byte(n >> 8), byte(n), 0}, text...)
}

// withID3 puts a tag of version 2.2 before an MP3.
func withID3(t testing.TB, body []byte) []byte {
	t.Helper()
	sound, err := os.ReadFile(filepath.Join("testdata", "tone.mp3"))
	if err != nil {
		t.Fatal(err)
	}
	n := len(body)
	tag := append([]byte{'I', 'D', '3', 2, 0, 0, byte(n >> 21 & 127), byte(n >> 14 & 127), byte(n >> 7 & 127), byte(n & 127)}, body...)
	return append(tag, sound...)
}

func TestID3OldAndDamaged(t *testing.T) {
	for _, c := range []struct {
		name string
		body []byte
		want [][2]string
	}{
		{"old", slices.Concat(id3Frame("TT2", "A title"), id3Frame("TP1", "Someone"), id3Frame("TYE", "1999"), id3Frame("TCO", "(17)")),
			[][2]string{{"TITLE", "A title"}, {"ARTIST", "Someone"}, {"DATE", "1999"}, {"GENRE", "Rock"}}},
		{"nothing", nil, nil},
		{"damaged", bytes.Repeat([]byte{0xff, 'T', 0}, 50), nil},
		{"a frame longer than the tag", id3Frame("TT2", "A title")[:9], nil},
	} {
		r, err := NewReader(bytes.NewReader(withID3(t, c.body)))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := r.Metadata().Tags; !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if x, _ := formattest.ReadAll(r); len(x) == 0 {
			t.Errorf("%s: no sound", c.name)
		}
	}
	cut := withID3(t, make([]byte, 300))[:100]
	if _, err := NewReader(bytes.NewReader(cut)); !errors.Is(err, pcm.ErrTruncated) {
		t.Errorf("a tag that is cut off: %v", err)
	}
}

// TestID3FromFFmpeg reads tags and a cover, and writes them as FLAC holds them.
func TestID3FromFFmpeg(t *testing.T) {
	dir := t.TempDir()
	in, path := filepath.Join(dir, "in.wav"), filepath.Join(dir, "a.mp3")
	if err := wav.WriteFile(in, pcm.Format{Rate: 44100, Channels: 1}, formattest.Chirp(44100, 1, 9000)); err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"3", "4"} {
		formattest.FFmpeg(t, "-y", "-i", in, "-f", "lavfi", "-i", "color=red:size=16x16:d=0.1", "-map", "0", "-map", "1", "-frames:v", "1", "-c:v", "png", "-disposition:v", "attached_pic",
			"-metadata", "title=Überschrift", "-metadata", "artist=Jemand", "-metadata", "date=2024", "-metadata", "genre=Speech",
			"-metadata", "track=3/7", "-metadata", "comment=a comment", "-metadata", "mood=calm", "-id3v2_version", version, path)
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := NewReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		m := r.Metadata()
		for _, want := range [][2]string{{"TITLE", "Überschrift"}, {"ARTIST", "Jemand"}, {"DATE", "2024"}, {"GENRE", "Speech"},
			{"TRACKNUMBER", "3/7"}, {"COMMENT", "a comment"}, {"MOOD", "calm"}} {
			if !slices.Contains(m.Tags, want) {
				t.Errorf("2.%s: no %q in %q", version, want, m.Tags)
			}
		}
		blocks := m.FLACBlocks()
		if len(blocks) != 2 || blocks[0].Type != metadata.BlockComments || !slices.Equal(metadata.ParseComments(blocks[0].Data), m.Tags) {
			t.Errorf("2.%s: %d blocks", version, len(blocks))
			continue
		}
		picture := blocks[1].Data
		if at := bytes.Index(picture, []byte("\x89PNG")); at < 4 || int(binary.BigEndian.Uint32(picture[at-4:])) != len(picture)-at {
			t.Errorf("2.%s: no picture in %.60q", version, picture)
		}
	}
}

// TestVBRI: the first frame of the Fraunhofer encoder holds a table, no sound, and says
// how many frames follow.
func TestVBRI(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", "tone.mp3"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.HasPrefix(b, []byte("ID3")) {
		b = b[10+int(b[6])<<21+int(b[7])<<14+int(b[8])<<7+int(b[9]):]
	}
	first, ok := parseFrameHeader(b)
	if !ok {
		t.Fatal("no frame")
	}
	sound := b[first.size:]
	tag := slices.Clone(b[:first.size])
	clear(tag[4:])
	copy(tag[vbriAt:], "VBRI\x00\x01")
	binary.BigEndian.PutUint32(tag[vbriAt+14:], 77)

	plain, err := NewReader(bytes.NewReader(sound))
	if err != nil {
		t.Fatal(err)
	}
	want, _ := formattest.ReadAll(plain)
	r, err := NewReader(bytes.NewReader(slices.Concat(tag, sound)))
	if err != nil || r.Frames() != int64(77*first.samples) || r.Exact() {
		t.Fatalf("%v, %d frames, exact: %v", err, r.Frames(), r.Exact())
	}
	if got, _ := formattest.ReadAll(r); !slices.Equal(got, want) || len(got) == 0 {
		t.Errorf("%d samples, not the %d of the same without the tag", len(got), len(want))
	}

	low := frameHeader{rate: 22050, kbps: 64, samples: 576, tag: 4 + 17}
	if !low.losesPadding(tag) || low.losesPadding(tag[:10]) && 144*64*1000/22050%2 != 0 {
		t.Error("a changing bit rate of MPEG 2 is not seen")
	}
}
