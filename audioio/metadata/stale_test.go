package metadata

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

var gains = [][2]string{{"TITLE", "T"}, {"REPLAYGAIN_TRACK_GAIN", "-3 dB"}, {"R128_ALBUM_GAIN", "12"}, {"ARTIST", "A"}, {"ARTIST", "B"}}

// TestForNewSamples: what tells how loud other samples are goes, all else stays as it is.
func TestForNewSamples(t *testing.T) {
	bext := make([]byte, 602)
	bext[346] = 2
	copy(bext[412:], "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A")
	old := bytes.Clone(bext)
	old[346] = 1
	m := Metadata{Tags: gains, Blocks: []FLACBlock{{BlockComments, appendComments(gains)}}, Chunks: []Chunk{{"bext", bext}, {"bext", old}}}
	n := m.ForNewSamples()
	want := "[[TITLE T] [ARTIST A] [ARTIST B]]"
	for what, tags := range map[string][][2]string{"tags": n.Tags, "blocks": ParseComments(n.Blocks[0].Data)} {
		if s := strings.Join(strings.Fields(slicesText(tags)), " "); s != want {
			t.Errorf("%s: %s, want %s", what, s, want)
		}
	}
	for i := range 5 {
		if v := binary.LittleEndian.Uint16(n.Chunks[0].Data[412+2*i:]); v != 0x7FFF {
			t.Errorf("loudness %d of bext is %#x", i, v)
		}
	}
	if !bytes.Equal(n.Chunks[1].Data, old) || bext[412] != 1 || len(m.Tags) != 5 {
		t.Error("something else was changed")
	}
	plain := appendComments(gains[3:])
	if got := withoutStale(plain); !bytes.Equal(got, plain) {
		t.Error("comments without loudness are changed")
	}
	if got := withoutStale(plain[:9]); !bytes.Equal(got, plain[:9]) {
		t.Error("damaged comments are changed")
	}
}

func slicesText(tags [][2]string) string {
	var all []string
	for _, tag := range tags {
		all = append(all, "["+tag[0]+" "+tag[1]+"]")
	}
	return "[" + strings.Join(all, " ") + "]"
}

// TestID3ForNewSamples in both versions, and that several values of a name are written.
func TestID3ForNewSamples(t *testing.T) {
	for _, version := range []byte{3, 4} {
		head := []byte{'I', 'D', '3', version, 0, 0, 0, 0, 0, 0}
		long := strings.Repeat("x", 300)
		b := writeID3(head, []id3Frame{{"TPE1", [2]byte{}, []byte("\x00A;B")}, {"TXXX", [2]byte{}, []byte("\x03replaygain_track_peak\x000.5")},
			{"RVA2", [2]byte{}, []byte("track\x00")}, {"COMM", [2]byte{}, []byte(long)}, {"TXXX", [2]byte{}, []byte("\x01\xFF\xFER\x001\x002\x008\x00_\x00X\x00\x00\x00y\x00")}},
			[]byte("sound"))
		got := ID3ForNewSamples(b)
		read := readID3Tag(got)
		if frames, tail := read.frames, read.tail; !read.whole || string(tail) != "sound" || len(frames) != 2 || frames[0].id != "TPE1" || string(frames[1].body) != long {
			t.Errorf("2.%d: %v %q %v", version, frames, tail, read.whole)
		}
		if again := ID3ForNewSamples(got); !bytes.Equal(again, got) {
			t.Errorf("2.%d: a tag without loudness is changed", version)
		}
		if s := string(readID3Tag(WithID3Values(got, gains)).frames[0].body); version == 4 && s != "\x03A\x00B" || version == 3 && s != "\x00A;B" {
			t.Errorf("2.%d: artists %q", version, s)
		}
		damaged := bytes.Clone(b)
		damaged[ID3Head+4] = 0x7F
		if got := ID3ForNewSamples(damaged); !bytes.Equal(got, damaged) {
			t.Errorf("2.%d: a damaged tag is changed", version)
		}
	}
}

// TestAPEForNewSamples with a head and without, before an ID3v1 tag.
func TestAPEForNewSamples(t *testing.T) {
	le := binary.LittleEndian
	item := func(key, value string) []byte {
		b := le.AppendUint32(nil, uint32(len(value)))
		return append(append(le.AppendUint32(b, 0), key+"\x00"...), value...)
	}
	tagOf := func(withHead bool, items ...[]byte) []byte {
		body := slices.Concat(items...)
		mark := func(flags uint32) []byte {
			b := le.AppendUint32([]byte(apeMark), 2000)
			b = le.AppendUint32(le.AppendUint32(b, uint32(len(body)+apeFoot)), uint32(len(items)))
			return append(le.AppendUint32(b, flags), make([]byte, 8)...)
		}
		old := "TAG" + strings.Repeat("\x00", 125)
		if withHead {
			return slices.Concat(mark(0xA0000000), body, mark(0x80000000), []byte(old))
		}
		return slices.Concat(body, mark(0), []byte(old))
	}
	// A footer may speak of a head where none is.
	lie := func(items ...[]byte) []byte {
		b := tagOf(true, items...)
		copy(b, bytes.Repeat([]byte("sound..."), apeFoot/8))
		return b
	}
	gain := item("replaygain_track_gain", "1")
	if got, want := APEForNewSamples(lie(item("Title", "T"), gain)), lie(item("Title", "T")); !bytes.Equal(got, want) {
		t.Errorf("without the head that it speaks of: %q, want %q", got, want)
	}
	b, whole := lie(gain), tagOf(true, gain)
	if got := Trailer(bytes.NewReader(b), int64(len(b))); !bytes.Equal(got, b[apeFoot:]) {
		t.Errorf("sound is taken for a tag: %q", got)
	}
	if got := Trailer(bytes.NewReader(whole), int64(len(whole))); !bytes.Equal(got, whole) {
		t.Errorf("the head is missing: %q", got)
	}
	for _, head := range []bool{true, false} {
		b := tagOf(head, item("Artist", "A"), item("MP3GAIN_MINMAX", "1,2"), item("replaygain_track_gain", "1"), item("Title", "T"))
		want := tagOf(head, item("Artist", "A"), item("Title", "T"))
		if got := APEForNewSamples(b); !bytes.Equal(got, want) {
			t.Errorf("with a head %v: %q, want %q", head, got, want)
		}
		if got := APEForNewSamples(want); !bytes.Equal(got, want) {
			t.Errorf("with a head %v: a tag without loudness is changed", head)
		}
	}
}

// writeID3 writes a tag.
func writeID3(head []byte, frames []id3Frame, tail []byte) []byte {
	return id3Tag{head: head, frames: frames, tail: tail, plain: head[id3Version] == 3}.bytes()
}

// TestID3PlainSizes: old iTunes wrote sizes of version 2.4 like those of 2.3, which read as
// synchsafe lead into a frame. All of such a tag is read, and goes along but for its loudness.
func TestID3PlainSizes(t *testing.T) {
	picture := slices.Concat([]byte("\x00image/png\x00\x03\x00"), make([]byte, 244)) // 258 bytes, which read as synchsafe are 130
	// The frame that seems to be there has all the rest, and a size with more than 7 bits in a byte.
	framed := slices.Concat([]byte("\x00image/png\x00\x03\x00"), bytes.Repeat([]byte("x"), 116), []byte("XXXX\x80\x00\x01\x02\x00\x00"), make([]byte, 118))
	plain := func(frames ...id3Frame) []byte {
		return id3Tag{head: []byte{'I', 'D', '3', 4, 0, 0, 0, 0, 0, 0}, frames: frames, plain: true}.bytes()
	}
	frame := func(id string, body string) id3Frame { return id3Frame{id, [2]byte{}, []byte(body)} }
	for what, second := range map[string][]byte{"padding": picture, "a frame": framed} {
		gain, cover, title, artists := frame("TXXX", "\x03replaygain_track_gain\x001"), id3Frame{"APIC", [2]byte{}, second},
			frame("TIT2", "\x03T"), frame("TPE1", "\x03A\x00B")
		if got, want := ID3ForNewSamples(plain(gain, cover, title, artists)), plain(cover, title, artists); !bytes.Equal(got, want) {
			t.Errorf("%s within a picture: %d bytes are left, want %d", what, len(got), len(want))
		}
		m := parseID3(plain(gain, cover, title, artists))
		if s := slicesText(m.Tags); !strings.Contains(s, "[TITLE T] [ARTIST A] [ARTIST B]") || len(m.Blocks) != 2 {
			t.Errorf("%s within a picture: tags %s, %d blocks", what, s, len(m.Blocks))
		}
	}
	// Sizes that lead nowhere in either reading: what comes before is read, nothing is written.
	b := plain(frame("TPE1", "\x03A\x00B"), frame("TIT2", "\x03T"))
	b[len(b)-6] = 0x7F
	if got := ID3ForNewSamples(b); !bytes.Equal(got, b) || len(id3Values(b)["TPE1"]) != 2 {
		t.Errorf("a damaged tag is changed, or has artists %q", id3Values(b)["TPE1"])
	}
}

// TestID3UnusualNames: whatever names other frames have, such as those of version 2.2 that iTunes fills up with a zero or
// a space, a tag loses its loudness and tells its artists, in both readings of the sizes.
func TestID3UnusualNames(t *testing.T) {
	frame := func(id, body string) id3Frame { return id3Frame{id, [2]byte{}, []byte(body)} }
	gain, artists := frame("TXXX", "\x03replaygain_track_gain\x001"), frame("TPE1", "\x03A\x00B")
	long := strings.Repeat("x", 300) // its size, plain, is none that is synchsafe, or another one
	for _, name := range []string{"TS2\x00", "CM1 ", "tcmp", "\xa9nam"} {
		for _, c := range []struct {
			version byte
			plain   bool
		}{{3, true}, {4, true}, {4, false}} {
			tag := func(frames ...id3Frame) []byte {
				return id3Tag{head: []byte{'I', 'D', '3', c.version, 0, 0, 0, 0, 0, 0}, frames: frames, plain: c.plain}.bytes()
			}
			unusual, comment := frame(name, "\x00Y"), frame("COMM", "\x00eng\x00"+long)
			b := tag(unusual, gain, comment, artists)
			if got, want := ID3ForNewSamples(b), tag(unusual, comment, artists); !bytes.Equal(got, want) {
				t.Errorf("2.%d, plain sizes %v: beside %q %d bytes are left of %d, want %d", c.version, c.plain, name, len(got), len(b), len(want))
			}
			if got := id3Values(b)["TPE1"]; c.version == 4 && len(got) != 2 {
				t.Errorf("2.%d, plain sizes %v: beside %q the artists are %q", c.version, c.plain, name, got)
			}
		}
	}
}

// TestID3SoundCheck: iTunes tells the loudness in a comment of a name; other comments stay, whatever they say.
func TestID3SoundCheck(t *testing.T) {
	head := []byte{'I', 'D', '3', 4, 0, 0, 0, 0, 0, 0}
	frame := func(id, body string) id3Frame { return id3Frame{id, [2]byte{}, []byte(body)} }
	kept := []id3Frame{frame("COMM", "\x00eng\x00iTunNORM is gone"), frame("COMM", "\x00eng"), frame("COMM", "\x00engiTunSMPB\x00 0"),
		frame("TXXX", "\x03\x00replaygain_x")}
	stale := []id3Frame{frame("COMM", "\x00engiTunNORM\x00 0000"),
		frame("COMM", "\x01eng\xFF\xFEi\x00T\x00u\x00n\x00N\x00O\x00R\x00M\x00\x00\x00\xFF\xFE0\x00")}
	want := writeID3(head, kept, nil)
	if got := ID3ForNewSamples(writeID3(head, append(stale, kept...), nil)); !bytes.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	// A tag without a frame would be none.
	if got := ID3ForNewSamples(writeID3(head, stale, []byte("sound"))); string(got) != "sound" {
		t.Errorf("of a tag of loudness alone %q is left", got)
	}
	m := Metadata{Chunks: []Chunk{{"id3 ", writeID3(head, stale, nil)}, {"LIST", nil}}}
	if n := m.ForNewSamples(); len(n.Chunks) != 1 || n.Chunks[0].ID != "LIST" {
		t.Errorf("chunks %+v", n.Chunks)
	}
}

// TestID3Performers: ffmpeg has TPE3 for a performer, and a text of the user for conductors.
func TestID3Performers(t *testing.T) {
	head := []byte{'I', 'D', '3', 4, 0, 0, 0, 0, 0, 0}
	b := writeID3(head, []id3Frame{{"TPE3", [2]byte{}, []byte("\x03X")}, {"TXXX", [2]byte{}, []byte("\x03CONDUCTOR\x00A;B")}}, nil)
	frames := readID3Tag(WithID3Values(b, [][2]string{{"PERFORMER", "X"}, {"CONDUCTOR", "A"}, {"CONDUCTOR", "B"}})).frames
	if one, two := string(frames[0].body), string(frames[1].body); one != "\x03X" || two != "\x03CONDUCTOR\x00A\x00B" {
		t.Errorf("performer %q, conductors %q", one, two)
	}
	frames = readID3Tag(WithID3Values(b, [][2]string{{"PERFORMER", "X"}, {"PERFORMER", "Y"}})).frames
	if s := string(frames[0].body); s != "\x03X\x00Y" {
		t.Errorf("performers %q", s)
	}
}
