package metadata

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/dhowden/tag"

	"github.com/stillmic/stillmic/audioio/pcm"
)

// id3Names are the frames of ID3v2 (2.2, then 2.3 and 2.4) that have a Vorbis
// comment of the same meaning: id3.org's list of frames, section 4.
var id3Names = [...]struct{ old, frame, comment string }{
	{"TT2", "TIT2", "TITLE"}, {"TP1", "TPE1", "ARTIST"}, {"TAL", "TALB", "ALBUM"}, {"TP2", "TPE2", "ALBUMARTIST"},
	{"TCM", "TCOM", "COMPOSER"}, {"TYE", "TYER", "DATE"}, {"", "TDRC", "DATE"}, {"TRK", "TRCK", "TRACKNUMBER"},
	{"TPA", "TPOS", "DISCNUMBER"}, {"TCR", "TCOP", "COPYRIGHT"}, {"TLA", "TLAN", "LANGUAGE"}, {"TPB", "TPUB", "PUBLISHER"},
	{"TRC", "TSRC", "ISRC"}, {"TT3", "TIT3", "SUBTITLE"},
}

// ID3Head is how many bytes say how long an ID3v2 tag is.
const ID3Head = 10

// ID3Size returns the size of the ID3v2 tag that begins with these ID3Head bytes, which it counts, too; 0
// where none begins.
func ID3Size(head []byte) int {
	if len(head) < ID3Head || string(head[:3]) != "ID3" {
		return 0
	}
	size := ID3Head + synchsafe(head[6:])
	if head[5]&0x10 != 0 {
		size += ID3Head // a footer
	}
	return size
}

// synchsafe reads a number of four bytes with 7 bits each: ID3v2.4.0 structure, 6.2.
func synchsafe(b []byte) int {
	return int(b[0]&127)<<21 + int(b[1]&127)<<14 + int(b[2]&127)<<7 + int(b[3]&127)
}

// ReadID3 reads over ID3v2 tags. It returns what the first one says.
func ReadID3(b *bufio.Reader) (m Metadata, err error) {
	for first := true; ; first = false {
		head, err := b.Peek(ID3Head)
		size := ID3Size(head)
		if size == 0 {
			if errors.Is(err, io.EOF) {
				return m, nil
			}
			return m, err
		}
		if first && size <= MaxBytes {
			text, err := ReadGrowing(b, int64(size))
			if err != nil {
				return m, err
			}
			m = parseID3(text)
		} else if _, err := b.Discard(size); err != nil {
			return m, err
		}
		for { // padding
			z, err := b.Peek(1)
			if len(z) == 0 || z[0] != 0 {
				if err != nil && !errors.Is(err, io.EOF) {
					return m, err
				}
				break
			}
			_, _ = b.Discard(1)
		}
	}
}

// parseID3 reads a tag. One that is damaged says nothing: the sound is what counts.
func parseID3(b []byte) (m Metadata) {
	b = asWritten(b)
	var found tag.Metadata
	err := pcm.Guard(func() (err error) { found, err = tag.ReadID3v2Tags(bytes.NewReader(b)); return err })
	if err != nil {
		return m
	}
	raw := found.Raw()
	add := func(name, value string) {
		value = strings.TrimRight(value, "\x00 ")
		if value != "" && !slices.ContainsFunc(m.Tags, func(t [2]string) bool { return t[0] == name }) {
			m.Tags = append(m.Tags, [2]string{name, value})
		}
	}
	several := id3Values(b)
	for _, n := range id3Names {
		if values := several[n.frame]; len(values) > 0 {
			for _, v := range values {
				m.Tags = append(m.Tags, [2]string{n.comment, v})
			}
			continue
		}
		for _, frame := range []string{n.frame, n.old} {
			if text, ok := raw[frame].(string); ok {
				add(n.comment, text)
			}
		}
	}
	_ = pcm.Guard(func() error { // numbers become words
		add("GENRE", found.Genre())
		add("LYRICS", found.Lyrics())
		return nil
	})
	keys := make([]string, 0, len(raw))
	for key := range raw {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		c, ok := raw[key].(*tag.Comm)
		switch {
		case !ok:
		case strings.HasPrefix(key, "COM") && c.Description == "":
			add("COMMENT", c.Text)
		case strings.HasPrefix(key, "TXX") && isCommentName(c.Description):
			add(strings.ToUpper(c.Description), c.Text)
		}
	}
	if p := found.Picture(); p != nil && len(p.Data) > 0 {
		m.Blocks = []FLACBlock{{BlockComments, appendComments(m.Tags)}, coverOf(p)}
	}
	return m
}

// isCommentName reports whether s can be the name of a Vorbis comment: ASCII from
// space to }, without =.
func isCommentName(s string) bool {
	for _, c := range s {
		if c < ' ' || c > '}' || c == '=' {
			return false
		}
	}
	return s != ""
}

// coverOf is FLAC's block of a picture.
func coverOf(p *tag.Picture) FLACBlock {
	place := OtherPicture
	if p.Type == "Cover (front)" {
		place = FrontCover
	}
	return PictureBlock(place, p.MIMEType, p.Description, p.Data)
}

// Kinds of pictures, of ID3v2's list, which is FLAC's: RFC 9639, 8.8.
const (
	OtherPicture = uint32(0)
	FrontCover   = uint32(3)
)

// PictureBlock is FLAC's block of a picture: its place in the list of ID3v2, type,
// description, then width, height, depth and colours, which may be 0 for "unknown", and the
// file.
func PictureBlock(place uint32, kind, description string, picture []byte) FLACBlock {
	be := binary.BigEndian
	b := be.AppendUint32(nil, place)
	for _, s := range []string{kind, description} {
		b = append(be.AppendUint32(b, uint32(len(s))), s...)
	}
	b = append(b, make([]byte, 16)...)
	return FLACBlock{BlockPicture, append(be.AppendUint32(b, uint32(len(picture))), picture...)}
}
