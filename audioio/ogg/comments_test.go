package ogg

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stillmic/stillmic/audioio/internal/formattest"
)

// TestReplaceComments: a file has other comments afterwards, of any length, and the same
// sound; every page has its number and checksum.
func TestReplaceComments(t *testing.T) {
	long := "METADATA_BLOCK_PICTURE=" + strings.Repeat("QUJD", 40_000) // three pages
	for _, name := range []string{"tone.ogg", "tone.opus"} {
		for _, comments := range [][]string{{"ARTIST=A1", "ARTIST=A2", "ENCODER=another"}, {"TITLE=t", long, "ARTIST=A"}, {}} {
			b, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := ReplaceComments(path, comments); err != nil {
				t.Fatal(err)
			}
			after, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			checkPages(t, after)
			want, tags := decoded(t, b)
			got, newTags := decoded(t, after)
			if !slices.Equal(got, want) || len(got) == 0 {
				t.Errorf("%s: %d samples, not the %d of before", name, len(got), len(want))
			}
			tags = slices.DeleteFunc(tags, func(s string) bool { return !isEncoder(s) })
			tags = append(tags, slices.DeleteFunc(slices.Clone(comments), isEncoder)...)
			if !slices.Equal(newTags, tags) {
				t.Errorf("%s: comments %.80q, want %.80q", name, newTags, tags)
			}
			if list, err := os.ReadDir(filepath.Dir(path)); err != nil || len(list) != 1 {
				t.Errorf("left are %v, %v", list, err)
			}
		}
	}
}

// decoded returns the samples and comments of a file.
func decoded(t *testing.T, b []byte) (samples []float32, tags []string) {
	t.Helper()
	open := NewVorbisReader
	if Codec(b) == "opus" {
		open = NewOpusReader
	}
	r, err := open(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range r.Metadata().Tags {
		tags = append(tags, tag[0]+"="+tag[1])
	}
	samples, _ = formattest.ReadAll(r)
	return samples, tags
}

// checkPages holds every page against its number and checksum.
func checkPages(t *testing.T, b []byte) {
	t.Helper()
	r := bytes.NewReader(b)
	for n := uint32(0); r.Len() > 0; n++ {
		p, err := readPage(r)
		if err != nil {
			t.Fatal(err)
		}
		sum := binary.LittleEndian.Uint32(p[atSum:])
		if got := binary.LittleEndian.Uint32(p[atNumber:]); got != n {
			t.Fatalf("page %d has the number %d", n, got)
		}
		if p.number(n); binary.LittleEndian.Uint32(p[atSum:]) != sum {
			t.Fatalf("page %d has the checksum %x, not %x", n, sum, binary.LittleEndian.Uint32(p[atSum:]))
		}
	}
}

// TestPaginate: packets of every length come out as they went in.
func TestPaginate(t *testing.T) {
	for _, sizes := range [][]int{{0}, {254}, {255}, {256}, {255 * 255}, {255*255 - 1}, {255 * 256}, {100, 70_000}, {65_025, 3}, {200_000, 0}} {
		var want [][]byte
		for i, n := range sizes {
			want = append(want, bytes.Repeat([]byte{byte(i + 1)}, n))
		}
		var b []byte
		for i, p := range paginate(want, 7) {
			p.number(uint32(i))
			b = append(b, p...)
		}
		checkPages(t, b)
		got, err := readPackets(bytes.NewReader(b), len(sizes), 7)
		if err != nil || !slices.EqualFunc(got, want, bytes.Equal) {
			t.Errorf("%v: %v", sizes, err)
		}
	}
}

// Several streams in a file, and what is no Ogg or cut off, stay as they are.
func TestReplaceCommentsLeavesAlone(t *testing.T) {
	a, err := os.ReadFile(filepath.Join("testdata", "tone.ogg"))
	if err != nil {
		t.Fatal(err)
	}
	b := slices.Clone(a)
	for at := 0; at < len(b); { // another serial number
		n := len(page(b[at:at+pageHead+int(b[at+26])])) + sum(b[at+pageHead:][:b[at+26]])
		b[at+atSerial]++
		at += n
	}
	for name, file := range map[string][]byte{"two streams": slices.Concat(a, b), "text": []byte(strings.Repeat("no Ogg ", 100)), "cut": a[:200]} {
		path := filepath.Join(t.TempDir(), "a.ogg")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		err := ReplaceComments(path, []string{"TITLE=x"})
		if after, _ := os.ReadFile(path); !bytes.Equal(after, file) || err != nil && name != "cut" {
			t.Errorf("%s: changed, or %v", name, err)
		}
	}
}

func sum(sizes []byte) (n int) {
	for _, s := range sizes {
		n += int(s)
	}
	return n
}
