package mp4

import (
	"bytes"
	"reflect"
	"testing"
)

// TestValues: artists that are tags of their own, and such as share one, are all read, and written as one tag.
func TestValues(t *testing.T) {
	data := func(s string) []byte { return appendBox(nil, "data", []byte("\x00\x00\x00\x01\x00\x00\x00\x00"+s)) }
	artist := func(names ...string) (tag []byte) {
		for _, n := range names {
			tag = append(tag, data(n)...)
		}
		return appendBox(nil, "\xa9ART", tag)
	}
	for what, more := range map[string][]byte{
		"three tags":             append(artist("B"), artist("C")...),
		"a tag of two after one": artist("B", "C"),
	} {
		path := makeFile(t, "a.m4a", "-metadata", "artist=A", "-metadata", "title=T")
		withTags(t, path, more)
		got, err := Values(path)
		if want := map[string][]string{"ARTIST": {"A", "B", "C"}}; err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, %v; want %q", what, got, err, want)
		}
		before := sound(t, path)
		if err := SetValues(path, [][2]string{{"ARTIST", "C"}, {"ARTIST", "D"}}); err != nil {
			t.Fatal(err)
		}
		if b := read(t, path); !bytes.Contains(b, artist("C", "D")) || bytes.Count(b, []byte("\xa9ART")) != 1 {
			t.Errorf("%s: the artists are %d tags, want one of two", what, bytes.Count(b, []byte("\xa9ART")))
		}
		if sound(t, path) != before {
			t.Errorf("%s: the sound has changed", what)
		}
	}
}

// TestSetValues: two artists are two data boxes of one tag, and the sound stays.
func TestSetValues(t *testing.T) {
	path := makeFile(t, "a.m4a", "-metadata", "artist=A;B", "-metadata", "title=T")
	before := sound(t, path)
	if err := SetValues(path, [][2]string{{"TITLE", "T"}, {"ARTIST", "A"}, {"ARTIST", "B"}}); err != nil {
		t.Fatal(err)
	}
	data := func(s string) []byte { return appendBox(nil, "data", []byte("\x00\x00\x00\x01\x00\x00\x00\x00"+s)) }
	b := read(t, path)
	if want := appendBox(nil, "\xa9ART", append(data("A"), data("B")...)); !bytes.Contains(b, want) || bytes.Contains(b, []byte("A;B")) {
		t.Error("there are not two artists")
	}
	if sound(t, path) != before {
		t.Error("the sound has changed")
	}
}

// TestLoudnessStaysBehind: freeform tags that tell how loud the samples are do not go along.
func TestLoudnessStaysBehind(t *testing.T) {
	from, to := makeFile(t, "from.m4a", "-metadata", "title=T"), makeFile(t, "to.m4a", "-metadata", "title=T")
	withTags(t, from, append(append(freeform("replaygain_track_gain", "-3 dB"), freeform("iTunNORM", " 0000")...), freeform("MOOD", "replaygain_")...))
	if err := CopyUserData(to, from); err != nil {
		t.Fatal(err)
	}
	b := read(t, to)
	for text, want := range map[string]bool{"replaygain_track_gain": false, "iTunNORM": false, "MOOD": true} {
		if bytes.Contains(b, []byte(text)) != want {
			t.Errorf("%s is there: %v, want %v", text, !want, want)
		}
	}
}
