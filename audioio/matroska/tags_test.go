package matroska

import (
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// one makes a tag with one value.
func one(name, value string) []byte {
	return appendElement(nil, idSimpleTag, appendElement(appendElement(nil, idTagName, []byte(name)), idTagString, []byte(value)))
}

// file makes a Matroska file with tags of the whole of it and of its track, and something after them.
func file(whole ...[]byte) []byte {
	var body []byte
	for _, b := range whole {
		body = append(body, b...)
	}
	uid := appendElement(nil, idTargets, appendElement(nil, idTrackUID, []byte{1}))
	tags := appendElement(appendElement(nil, idTag, body), idTag, append(uid, append(one("ARTIST", "C"), one("ARTIST", "D")...)...))
	var sum [4]byte
	binary.LittleEndian.PutUint32(sum[:], crc32.ChecksumIEEE(tags))
	tags = append(appendElement(nil, idCRC, sum[:]), tags...)
	segment := appendElement(appendElement(nil, idVoid, make([]byte, 200)), idTags, tags)
	segment = appendElement(segment, 0x1F43B675, make([]byte, 20000))
	return appendElement(appendElement(nil, idHead, []byte("head")), idSegment, segment)
}

func write(t *testing.T, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.mka")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// All values take the place of one, the sum is right, and nothing else is moved or changed.
func TestSetValues(t *testing.T) {
	tags := [][2]string{{"ARTIST", "A"}, {"ARTIST", "B"}, {"TITLE", "T"}, {"PERFORMER", "P"}, {"PERFORMER", "Q"}}
	b := file(one("ARTIST", Room("ARTIST", []string{"A", "B"})), one("LEAD_PERFORMER", Room("LEAD_PERFORMER", []string{"P", "Q"})), one("GENRE", "G"))
	path := write(t, b)
	if got, err := Values(path); err != nil || len(got) != 0 {
		t.Errorf("before: %v, %v", got, err)
	}
	if err := SetValues(path, tags); err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"ARTIST": {"A", "B"}, "PERFORMER": {"P", "Q"}}
	if got, err := Values(path); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	after, err := os.ReadFile(path)
	if err != nil || len(after) != len(b) {
		t.Fatalf("%d bytes, %v, want %d", len(after), err, len(b))
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := allTags(f)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d elements of tags, %v", len(all), err)
	}
	parts, err := elements(all[0].body)
	if err != nil || binary.LittleEndian.Uint32(parts[0].body) != crc32.ChecksumIEEE(all[0].body[parts[0].wholeLen:]) {
		t.Errorf("the sum is wrong: %v", err)
	}
	end := int(all[0].at) + len(all[0].body)
	if string(after[:all[0].at]) != string(b[:all[0].at]) || string(after[end:]) != string(b[end:]) {
		t.Error("something beside the tags has changed")
	}
}

// What is said of an album and again of its piece is said once.
func TestLevels(t *testing.T) {
	tag := func(targets []byte, simple ...[]byte) []byte {
		body := appendElement(nil, idTargets, targets)
		for _, b := range simple {
			body = append(body, b...)
		}
		return appendElement(nil, idTag, body)
	}
	const level = 0x68CA
	album, piece := appendElement(nil, level, []byte{50}), appendElement(nil, level, []byte{30})
	named := appendElement(piece, idTargetType, []byte("TRACK"))
	tags := tag(album, one("ARTIST", "A"), one("TITLE", "album"), one("COMPOSER", "A"), one("COMPOSER", "B"))
	tags = append(tags, tag(piece, one("ARTIST", "A"), one("TITLE", "piece"), one("GENRE", "G"), one("GENRE", "H"))...)
	tags = append(tags, tag(named, one("GENRE", "I"), one("PERFORMER", "P"), one("PERFORMER", "Q"))...)
	segment := appendElement(nil, idSegment, appendElement(nil, idTags, tags))
	got, err := Values(write(t, append(appendElement(nil, idHead, []byte("head")), segment...)))
	want := map[string][]string{"COMPOSER": {"A", "B"}, "GENRE": {"G", "H"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
}

// A tag without room stays, as does a file that is damaged or of another kind; neither is an error.
func TestStays(t *testing.T) {
	tags := [][2]string{{"ARTIST", "A"}, {"ARTIST", "B"}}
	whole := file(one("ARTIST", "A; B"))
	for _, b := range [][]byte{whole, {}, []byte("RIFF and more of it"), whole[:80], whole[:300], whole[:len(whole)-19990]} {
		path := write(t, b)
		if err := SetValues(path, tags); err != nil {
			t.Errorf("%d bytes: %v", len(b), err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != string(b) {
			t.Errorf("%d bytes have changed: %v", len(b), err)
		}
	}
}

// Whatever a file holds, it is read to an end.
func FuzzValues(f *testing.F) {
	whole := file(one("ARTIST", "A"), one("ARTIST", "B"))
	f.Add(whole[:500])
	f.Add([]byte{0x1A, 0x45, 0xDF, 0xA3, 0x80, 0x18, 0x53, 0x80, 0x67, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, b []byte) {
		path := write(t, b)
		if _, err := Values(path); err != nil {
			t.Error(err)
		}
		if err := SetValues(path, [][2]string{{"ARTIST", "A"}, {"ARTIST", "B"}}); err != nil {
			t.Error(err)
		}
	})
}

// Every gap that is filled is one element, exactly as long.
func TestVoid(t *testing.T) {
	for n := 2; n < 300; n++ {
		b := appendVoid(nil, n)
		if list, err := elements(b); err != nil || len(b) != n || len(list) != 1 || list[0].id != idVoid {
			t.Errorf("%d: %d bytes, %v", n, len(b), err)
		}
	}
}
