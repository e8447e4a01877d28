package metadata

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
)

// IsStale reports whether a tag of this name tells a player how loud the samples are: it is
// wrong when they have changed. ReplayGain, EBU R 128 in Opus (RFC 7845, 5.2.1), mp3gain, iTunes.
func IsStale(name string) bool {
	name = strings.ToUpper(name)
	for _, begin := range []string{"REPLAYGAIN_", "R128_", "MP3GAIN_", "ITUNNORM"} {
		if strings.HasPrefix(name, begin) {
			return true
		}
	}
	return false
}

// ForNewSamples returns what still holds of m when its samples have changed: no tag that tells
// how loud they are, and a bext chunk that knows no loudness.
func (m Metadata) ForNewSamples() Metadata {
	m.Tags = slices.DeleteFunc(slices.Clone(m.Tags), func(t [2]string) bool { return IsStale(t[0]) })
	m.Blocks = slices.Clone(m.Blocks)
	for i, b := range m.Blocks {
		if b.Type == BlockComments {
			m.Blocks[i].Data = withoutStale(b.Data)
		}
	}
	m.Chunks = slices.Clone(m.Chunks)
	for i, c := range m.Chunks {
		switch c.ID {
		case "bext":
			m.Chunks[i].Data = bextUnmeasured(c.Data)
		case "id3 ", "ID3 ":
			m.Chunks[i].Data = ID3ForNewSamples(c.Data)
		}
	}
	m.Chunks = slices.DeleteFunc(m.Chunks, func(c Chunk) bool { return len(c.Data) == 0 && strings.EqualFold(c.ID, "id3 ") })
	return m
}

// withoutStale leaves stale comments out of a list of them, see ParseComments. A damaged list
// stays as it is.
func withoutStale(b []byte) []byte {
	le, rest := binary.LittleEndian, b
	next := func() (entry []byte, ok bool) { // with its length
		if len(rest) < 4 || uint64(le.Uint32(rest)) > uint64(len(rest)-4) {
			return nil, false
		}
		entry, rest = rest[:4+le.Uint32(rest)], rest[4+le.Uint32(rest):]
		return entry, true
	}
	vendor, ok := next()
	if !ok || len(rest) < 4 {
		return b
	}
	count, kept := le.Uint32(rest), uint32(0)
	rest = rest[4:]
	var entries []byte
	for range count {
		e, ok := next()
		if !ok {
			return b
		}
		if name, _, _ := strings.Cut(string(e[4:]), "="); IsStale(name) {
			continue
		}
		entries, kept = append(entries, e...), kept+1
	}
	if kept == count {
		return b
	}
	out := le.AppendUint32(slices.Clone(vendor), kept)
	return append(append(out, entries...), rest...)
}

// bextUnmeasured returns a bext chunk whose loudness is unknown: from version 2 on five numbers
// of 16 bits at 412, 0x7FFF for none. EBU Tech 3285, 2.3.
func bextUnmeasured(b []byte) []byte {
	const version, loudness, numbers = 346, 412, 5
	if len(b) < loudness+2*numbers || binary.LittleEndian.Uint16(b[version:]) < 2 {
		return b
	}
	b = slices.Clone(b)
	for i := range numbers {
		binary.LittleEndian.PutUint16(b[loudness+2*i:], 0x7FFF)
	}
	return b
}

// ID3ForNewSamples leaves out of an ID3v2 tag what tells how loud the samples are: stale texts of
// the user, iTunes' comment, and the frames RVA2, RVAD and RGAD. Of a tag of these alone nothing
// is left. A tag of version 2.2, one that is unsynchronised,
// extended or damaged stays as it is, and so does what follows it.
func ID3ForNewSamples(b []byte) []byte {
	t := readID3Tag(b)
	if !t.whole {
		return b
	}
	all := len(t.frames)
	t.frames = slices.DeleteFunc(t.frames, func(f id3Frame) bool {
		switch f.id {
		case "RVA2", "RVAD", "RGAD":
			return true
		case "TXXX":
			return len(f.body) > 1 && IsStale(userTextName(f.body))
		case "COMM": // its language comes before its name
			const language = 3
			return len(f.body) > 1+language && IsStale(id3Name(f.body[0], f.body[1+language:]))
		}
		return false
	})
	if len(t.frames) == all {
		return b
	}
	return t.bytes()
}

// userTextName is the name of a text of the user: TXXX.
func userTextName(body []byte) string { return id3Name(body[0], body[1:]) }

// id3Name is what stands before the first zero of a text.
func id3Name(encoding byte, b []byte) string {
	name, _, _ := strings.Cut(id3Text(encoding, b), "\x00")
	return name
}

// APEForNewSamples leaves stale items out of tags behind a sound, see Trailer.
func APEForNewSamples(b []byte) []byte {
	le := binary.LittleEndian
	at := bytes.LastIndex(b, []byte(apeMark))
	if at < 0 || len(b) < at+apeFoot {
		return b
	}
	foot := slices.Clone(b[at:][:apeFoot])
	size, head := int64(le.Uint32(foot[12:]))-apeFoot, []byte(nil)
	begin := int64(at) - size
	if size < 0 || begin < 0 {
		return b
	}
	// Some programs say that there is a head and write none.
	if begin >= apeFoot && le.Uint32(foot[20:])>>31 != 0 && bytes.HasPrefix(b[begin-apeFoot:], []byte(apeMark)) {
		head = slices.Clone(b[begin-apeFoot : begin])
	}
	count, kept := uint32(0), []byte(nil)
	for items := b[begin:at]; len(items) > 8; {
		key, rest, ok := bytes.Cut(items[8:], []byte{0})
		n := int64(le.Uint32(items))
		if !ok || n > int64(len(rest)) {
			return b
		}
		whole := 8 + int64(len(key)) + 1 + n
		if !IsStale(string(key)) {
			kept, count = append(kept, items[:whole]...), count+1
		}
		items = items[whole:]
	}
	if len(kept) == int(size) {
		return b
	}
	out := slices.Clone(b[:begin-int64(len(head))])
	for _, mark := range [][]byte{head, foot} {
		if mark != nil {
			le.PutUint32(mark[12:], uint32(len(kept)+apeFoot))
			le.PutUint32(mark[16:], count)
		}
	}
	out = append(append(append(out, head...), kept...), foot...)
	return append(out, b[at+apeFoot:]...)
}
