package mp3

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stillmic/stillmic/audioio/internal/formattest"
	"github.com/stillmic/stillmic/audioio/metadata"
)

// id3v24 is a tag of version 2.4 with text frames in UTF-8: name and text.
func id3v24(frames ...string) []byte {
	var body []byte
	for i := 0; i < len(frames); i += 2 {
		n := len(frames[i+1]) + 1
		body = append(body, frames[i]...)
		body = append(body, 0, 0, byte(n>>7), byte(n&127), 0, 0, 3)
		body = append(body, frames[i+1]...)
	}
	n := len(body)
	return append([]byte{'I', 'D', '3', 4, 0, 0, 0, 0, byte(n >> 7), byte(n & 127)}, body...)
}

// ape is an APEv2 tag with a head: key and value.
func ape(items ...string) []byte {
	var body []byte
	for i := 0; i < len(items); i += 2 {
		body = binary.LittleEndian.AppendUint32(body, uint32(len(items[i+1])))
		body = append(append(append(body, 0, 0, 0, 0), items[i]...), 0)
		body = append(body, items[i+1]...)
	}
	end := func(flags uint32) []byte {
		b := []byte("APETAGEX")
		for _, v := range []uint32{2000, uint32(len(body) + 32), uint32(len(items) / 2), flags, 0, 0} {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
		return b
	}
	return slices.Concat(end(1<<31|1<<29), body, end(1<<31))
}

// id3v1 is a tag of 128 bytes.
func id3v1(title, artist string) []byte {
	b := make([]byte, 128)
	copy(b, "TAG")
	copy(b[3:], title)
	copy(b[33:], artist)
	b[127] = 255 // no genre
	return b
}

// TestCopyTags: the tags of another file come byte by byte, what it has none of stays, and the
// sound is the same.
func TestCopyTags(t *testing.T) {
	tone := toneWithoutTags(t)
	own, theirs := id3v24("TSSE", "encoder"), id3v24("TPE1", "A\x00B", "TXXX", "x\x00y")
	tail := slices.Concat(ape("Artist", "A\x00B"), id3v1("Title", "Artist"))
	for name, c := range map[string]struct{ from, want []byte }{
		"before and behind": {slices.Concat(theirs, tone, tail), slices.Concat(theirs, tone, tail)},
		"two before":        {slices.Concat(theirs, own, tone), slices.Concat(theirs, own, tone)},
		"behind alone":      {slices.Concat(tone, tail), slices.Concat(own, tone, tail)},
		"APEv2 alone":       {slices.Concat(tone, tail[:len(tail)-128]), slices.Concat(own, tone, tail[:len(tail)-128])},
		"none":              {tone, slices.Concat(own, tone)},
		"cut off":           {theirs[:20], slices.Concat(own, tone)},
		"a lie":             {slices.Concat(tone, []byte("APETAGEX\xd0\x07\x00\x00\xff\xff\xff\x7f"), make([]byte, 16)), slices.Concat(own, tone)},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			from, to := filepath.Join(dir, "from.mp3"), filepath.Join(dir, "to.mp3")
			for path, b := range map[string][]byte{from: c.from, to: slices.Concat(own, tone)} {
				if err := os.WriteFile(path, b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := CopyTags(to, from); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(to)
			if err != nil || !bytes.Equal(got, c.want) {
				t.Fatalf("%d bytes, want %d: %v", len(got), len(c.want), err)
			}
			if x, y := sound(t, got), sound(t, tone); !slices.Equal(x, y) || len(x) == 0 {
				t.Errorf("%d samples, not the %d of before", len(x), len(y))
			}
			if list, err := os.ReadDir(dir); err != nil || len(list) != 2 {
				t.Errorf("left are %v, %v", list, err)
			}
		})
	}
}

// toneWithoutTags is an MP3 that begins with its first frame.
func toneWithoutTags(t *testing.T) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "tone.mp3"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := bufio.NewReader(f)
	if _, err := metadata.ReadID3(r); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func sound(t *testing.T, b []byte) []float32 {
	t.Helper()
	r, err := NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	x, _ := formattest.ReadAll(r)
	return x
}

// TestTagsBehindTheSound: APEv2 counts before ID3v1, whose bytes may be Latin-1; nothing that
// is no text, and nothing that is cut off, makes a tag.
func TestTagsBehindTheSound(t *testing.T) {
	whole := slices.Concat([]byte("sound"), ape("Artist", "A\x00B", "Year", "1999", "Track", "3", "a=b", "x"), id3v1("Title", "Who"))
	for _, c := range []struct {
		file []byte
		want [][2]string
	}{
		{whole, [][2]string{{"ARTIST", "A"}, {"ARTIST", "B"}, {"DATE", "1999"}, {"TRACKNUMBER", "3"}}},
		{slices.Concat(whole[:5], id3v1("T\xfctel", "Who")), [][2]string{{"TITLE", "Tütel"}, {"ARTIST", "Who"}}},
		{[]byte("sound"), nil},
		{[]byte("TAG"), nil},
		{nil, nil},
		{whole[:len(whole)-130], nil},
	} {
		tags := metadata.ParseTrailer(metadata.Trailer(bytes.NewReader(c.file), int64(len(c.file))))
		if !slices.Equal(tags, c.want) {
			t.Errorf("%q, want %q", tags, c.want)
		}
	}
}

// TestSeveralValues: the texts of one frame are told apart, in every encoding.
func TestSeveralValues(t *testing.T) {
	tone := toneWithoutTags(t)
	want := [][2]string{{"TITLE", "one"}, {"ARTIST", "Ä"}, {"ARTIST", "B"}}
	for encoding, text := range []string{"\xc4\x00B", "\xff\xfe\xc4\x00\x00\x00\xff\xfeB\x00", "\x00\xc4\x00\x00\x00B", "Ä\x00B\x00"} {
		tag := id3v24("TIT2", "one", "TPE1", text)
		tag[len(tag)-len(text)-1] = byte(encoding)
		r, err := NewReader(bytes.NewReader(slices.Concat(tag, tone)))
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Metadata().Tags; !slices.Equal(got, want) {
			t.Errorf("encoding %d: %q", encoding, got)
		}
	}
}
