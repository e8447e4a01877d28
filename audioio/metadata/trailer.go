package metadata

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"

	"github.com/dhowden/tag"

	"github.com/stillmic/stillmic/audioio/pcm"
)

// Tags behind the sound of an MP3: APEv2, whose footer has 32 bytes, then ID3v1 of 128.
const (
	apeMark  = "APETAGEX"
	apeFoot  = 32
	id3v1Len = 128
)

// Trailer returns the tags behind the sound of an MP3 file of a size, as they are: APEv2 and
// ID3v1, either, or none.
func Trailer(f io.ReaderAt, size int64) []byte {
	at := size
	if b := readAt(f, at-id3v1Len, id3v1Len); strings.HasPrefix(string(b), "TAG") {
		at -= id3v1Len
	}
	// Signature, version, size of what follows a head, items, flags: the uppermost says that
	// there is a head, which is not true of all. APEv2, wiki.hydrogenaud.io.
	if b := readAt(f, at-apeFoot, apeFoot); strings.HasPrefix(string(b), apeMark) {
		n := int64(binary.LittleEndian.Uint32(b[12:]))
		head := binary.LittleEndian.Uint32(b[20:])>>31 != 0
		if head && strings.HasPrefix(string(readAt(f, at-n-apeFoot, apeFoot)), apeMark) {
			n += apeFoot
		}
		if n >= apeFoot && n <= at && n <= MaxBytes {
			at -= n
		}
	}
	return readAt(f, at, size-at)
}

// readAt reads n bytes, nil where there are not so many.
func readAt(f io.ReaderAt, at, n int64) []byte {
	b := make([]byte, max(n, 0))
	if _, err := f.ReadAt(b, at); at < 0 || n <= 0 || err != nil && err != io.EOF { //nolint:errorlint // ReadAt's own
		return nil
	}
	return b
}

// ParseTrailer reads what Trailer returns: the one, or else the other.
func ParseTrailer(b []byte) (tags [][2]string) {
	old := []byte(nil)
	if n := len(b) - id3v1Len; n >= 0 && strings.HasPrefix(string(b[n:]), "TAG") {
		b, old = b[:n], b[n:]
	}
	if tags = parseAPE(b); len(tags) > 0 || old == nil {
		return tags
	}
	_ = pcm.Guard(func() error {
		m, err := tag.ReadID3v1Tags(bytes.NewReader(old))
		if err != nil {
			return err
		}
		raw := m.Raw()
		for _, n := range [][2]string{{"title", "TITLE"}, {"artist", "ARTIST"}, {"album", "ALBUM"}, {"year", "DATE"},
			{"comment", "COMMENT"}, {"genre", "GENRE"}} {
			if s, ok := raw[n[0]].(string); ok && s != "" {
				tags = append(tags, [2]string{n[1], latin1(s)})
			}
		}
		return nil
	})
	return tags
}

// latin1 makes text of bytes that may be Latin-1, as ID3v1's are, or UTF-8 already.
func latin1(s string) string {
	if strings.ToValidUTF8(s, "") == s {
		return s
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		b.WriteRune(rune(c))
	}
	return b.String()
}

// apeNames are the keys of APEv2 whose Vorbis comment has another name.
var apeNames = map[string]string{"YEAR": "DATE", "TRACK": "TRACKNUMBER", "DISC": "DISCNUMBER", "ALBUM ARTIST": "ALBUMARTIST"}

// parseAPE reads the items of an APEv2 tag: size and flags of 4 bytes, the key, a zero, and
// the value, of which several are parted by zeros. Flags 1 and 2 tell texts, 0, from others.
func parseAPE(b []byte) (tags [][2]string) {
	if strings.HasPrefix(string(b), apeMark) {
		b = b[apeFoot:]
	}
	for len(b) > 8 && !strings.HasPrefix(string(b), apeMark) {
		size, flags := int64(binary.LittleEndian.Uint32(b)), binary.LittleEndian.Uint32(b[4:])
		key, rest, ok := bytes.Cut(b[8:], []byte{0})
		if !ok || size > int64(len(rest)) {
			break
		}
		value := string(rest[:size])
		b = rest[size:]
		name := strings.ToUpper(string(key))
		if other := apeNames[name]; other != "" {
			name = other
		}
		if flags>>1&3 != 0 || !isCommentName(name) {
			continue
		}
		for v := range strings.SplitSeq(value, "\x00") {
			tags = append(tags, [2]string{name, strings.ToValidUTF8(v, "\uFFFD")})
		}
	}
	return tags
}
