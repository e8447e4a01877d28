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

const id3Version = 3 // where a tag says it

// id3Frames takes apart a tag of version 2.3 or 2.4; tail is what follows it. It is not ok for
// other tags, unsynchronised, extended and damaged ones, nor for those of old iTunes, which wrote
// plain sizes in version 2.4: read as synchsafe ones, they lead into the middle of a frame.
func id3Frames(b []byte) (frames []id3Frame, tail []byte, ok bool) {
	const flags = 5
	size := ID3Size(b)
	if size == 0 || size > len(b) || b[id3Version] != 3 && b[id3Version] != 4 || b[flags] != 0 {
		return nil, nil, false
	}
	tail = b[size:]
	rest := b[ID3Head:size]
	for len(rest) >= ID3Head && rest[0] != 0 {
		plain := binary.BigEndian.Uint32(rest[4:])
		n := int(plain)
		if b[id3Version] == 4 {
			n = synchsafe(rest[4:])
		}
		if n < 0 || n > len(rest)-ID3Head || b[id3Version] == 4 && asSynchsafe(uint32(n)) != plain {
			return nil, nil, false
		}
		frames = append(frames, id3Frame{string(rest[:4]), [2]byte(rest[8:]), rest[ID3Head:][:n]})
		rest = rest[ID3Head+n:]
	}
	if len(bytes.Trim(rest, "\x00")) > 0 {
		return nil, nil, false // no padding: there are frames behind it
	}
	return frames, tail, true
}

// writeID3 writes a tag of these frames, its version that of the head, and what follows it. A tag
// must have a frame, so of none it writes no tag: ID3v2.4.0 structure, 3.
func writeID3(head []byte, frames []id3Frame, tail []byte) []byte {
	if len(frames) == 0 {
		return tail
	}
	b := slices.Clone(head[:ID3Head])
	for _, f := range frames {
		n := uint32(len(f.body))
		if head[id3Version] == 4 {
			n = asSynchsafe(n)
		}
		b = append(binary.BigEndian.AppendUint32(append(b, f.id...), n), f.flags[:]...)
		b = append(b, f.body...)
	}
	binary.BigEndian.PutUint32(b[6:], asSynchsafe(uint32(len(b)-ID3Head)))
	return append(b, tail...)
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
	frames, tail, ok := id3Frames(b)
	if !ok || len(several) == 0 || b[id3Version] != 4 {
		return b
	}
	for i, f := range frames {
		const utf8 = "\x03"
		switch {
		case f.id[0] != 'T' || len(f.body) < 2 || f.flags[1] != 0:
		case f.id == "TXXX":
			if name := userTextName(f.body); several[strings.ToUpper(name)] != nil {
				frames[i].body = []byte(utf8 + name + "\x00" + strings.Join(several[strings.ToUpper(name)], "\x00"))
			}
		default:
			if values := several[commentOfFrame(f.id)]; values != nil {
				frames[i].body = []byte(utf8 + strings.Join(values, "\x00"))
			}
		}
	}
	return writeID3(b[:ID3Head], frames, tail)
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
