package metadata

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
)

// id3Frame is a frame of an ID3v2 tag: a name, flags and what it says.
type id3Frame struct {
	id    string
	flags [2]byte
	body  []byte
}

const (
	id3Version = 3 // where a tag says it
	id3Flags   = 5
)

// id3Tag is an ID3v2 tag of version 2.3 or 2.4, taken apart.
type id3Tag struct {
	head   []byte // its first ID3Head bytes
	frames []id3Frame
	tail   []byte // what follows the tag

	// plain: sizes of frames have 8 bits a byte, as those of version 2.3 have. Old iTunes wrote
	// such in version 2.4, too.
	plain bool
	// whole: nothing is in the tag but these frames and padding, so it can be written again.
	whole bool
}

// readID3Tag takes a tag apart. Of a damaged one it has the frames before the damage, of one that
// is unsynchronised, extended, or of another version none.
func readID3Tag(b []byte) id3Tag {
	size := ID3Size(b)
	if size == 0 || b[id3Version] != 3 && b[id3Version] != 4 || b[id3Flags]&0xC0 != 0 {
		return id3Tag{tail: b}
	}
	t := id3Tag{head: b[:ID3Head], plain: b[id3Version] == 3}
	inside := b[ID3Head:min(size, len(b))]
	t.tail = b[ID3Head+len(inside):]
	var clean bool
	t.frames, clean = id3Frames(inside, t.plain)
	// Read as synchsafe, plain sizes lead into the middle of a frame, where no name is. Both readings may have
	// names that no version knows.
	if !t.plain && !(clean && named(t.frames)) {
		if frames, plain := id3Frames(inside, true); plain && (!clean || named(frames)) {
			t.frames, t.plain, clean = frames, true, true
		}
	}
	t.whole = clean && size <= len(b) && b[id3Flags] == 0
	return t
}

// id3Frames reads frames up to their end, padding, or damage; clean reports whether there is none.
func id3Frames(b []byte, plain bool) (frames []id3Frame, clean bool) {
	for len(b) >= ID3Head && b[0] != 0 {
		n := int64(binary.BigEndian.Uint32(b[4:]))
		if !plain {
			if n&0x80808080 != 0 {
				return frames, false
			}
			n = int64(synchsafe(b[4:]))
		}
		if n > int64(len(b)-ID3Head) {
			return frames, false
		}
		frames = append(frames, id3Frame{string(b[:4]), [2]byte(b[8:]), b[ID3Head:][:n]})
		b = b[ID3Head+n:]
	}
	return frames, len(bytes.Trim(b, "\x00")) == 0 // else there are frames behind a zero
}

// named reports whether frames have the names that frames have: capital letters and digits. iTunes
// writes names of version 2.2, which have three, and fills them up with a zero or a space.
func named(frames []id3Frame) bool {
	return !slices.ContainsFunc(frames, func(f id3Frame) bool {
		return strings.ContainsFunc(f.id[:3]+strings.TrimRight(f.id[3:], "\x00 "), notInName)
	})
}

// notInName reports whether no name of a frame has c.
func notInName(c rune) bool { return (c < 'A' || c > 'Z') && (c < '0' || c > '9') }

// bytes writes the tag, and what follows it. A tag must have a frame, so of none it writes no
// tag: ID3v2.4.0 structure, 3.
func (t id3Tag) bytes() []byte {
	if len(t.frames) == 0 {
		return t.tail
	}
	b := slices.Clone(t.head)
	for _, f := range t.frames {
		n := uint32(len(f.body))
		if !t.plain {
			n = asSynchsafe(n)
		}
		b = append(binary.BigEndian.AppendUint32(append(b, f.id...), n), f.flags[:]...)
		b = append(b, f.body...)
	}
	binary.BigEndian.PutUint32(b[6:], asSynchsafe(uint32(len(b)-ID3Head)))
	return append(b, t.tail...)
}

// asWritten returns a tag whose sizes are those that its version asks for.
func asWritten(b []byte) []byte {
	t := readID3Tag(b)
	if !t.whole || !t.plain || b[id3Version] == 3 {
		return b
	}
	t.plain = false
	return t.bytes()
}

// asSynchsafe is a number of four bytes with 7 bits each.
func asSynchsafe(n uint32) uint32 { return n&127 | n<<1&(127<<8) | n<<2&(127<<16) | n<<3&(127<<24) }

// id3Several are frames beside those of id3Names that can have several texts, as ffmpeg writes
// them: it has TPE3 for performers, and conductors, lyricists and remixers in TXXX.
var id3Several = map[string]string{"TCON": "GENRE", "TPE3": "PERFORMER"}

// WithID3Values gives the texts of an ID3v2.4 tag all the values that tags have of their name,
// where there are several: other programs write the first alone, or make one of them. Another
// tag stays as it is.
func WithID3Values(b []byte, tags [][2]string) []byte {
	several := SeveralOf(tags)
	t := readID3Tag(b)
	if !t.whole || len(several) == 0 || b[id3Version] != 4 {
		return b
	}
	for i, f := range t.frames {
		const utf8 = "\x03"
		switch {
		case f.id[0] != 'T' || len(f.body) < 2 || f.flags[1] != 0:
		case f.id == "TXXX":
			if name := userTextName(f.body); several[strings.ToUpper(name)] != nil {
				t.frames[i].body = []byte(utf8 + name + "\x00" + strings.Join(several[strings.ToUpper(name)], "\x00"))
			}
		default:
			if values := several[commentOfFrame(f.id)]; values != nil {
				t.frames[i].body = []byte(utf8 + strings.Join(values, "\x00"))
			}
		}
	}
	return t.bytes()
}

// commentOfFrame is the Vorbis comment of a frame's meaning, "" if there is none.
func commentOfFrame(id string) string {
	for _, n := range id3Names {
		if n.frame == id {
			return n.comment
		}
	}
	return id3Several[id]
}

// SeveralOf returns the values of those tags that come more than once, by name.
func SeveralOf(tags [][2]string) map[string][]string {
	values := map[string][]string{}
	for _, t := range tags {
		if t[0] != pictureComment {
			values[t[0]] = append(values[t[0]], t[1])
		}
	}
	for name, v := range values {
		if len(v) < 2 {
			delete(values, name)
		}
	}
	return values
}
