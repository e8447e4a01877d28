// Package metadata reads and writes what recordings carry beside their samples:
// Vorbis comments, RIFF INFO, ID3v2 and the blocks of FLAC.
package metadata

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"io"
	"slices"
	"strings"
)

// Metadata is what a recording carries beside its samples. What the format of
// the output can hold as it is goes there byte by byte; for another format there
// are the Tags.
type Metadata struct {
	// Tags are names in the sense of Vorbis comments (TITLE, ARTIST, DATE ...)
	// with their values.
	Tags [][2]string

	// Some says that these are not all that there are: another program read them.
	Some bool

	// Chunks are a WAV file's, in their order: LIST, bext, cue, iXML ...
	// Head says how many of them come before the samples.
	Chunks []Chunk
	Head   int

	// Blocks are a FLAC file's: comments, pictures, cue sheets, applications.
	Blocks []FLACBlock

	// Path is the file that all this comes from, "" for a stream. An output of
	// another program's format takes the rest from there: video, chapters.
	Path string

	// OtherSounds is how many sound tracks that file has beside the one read.
	OtherSounds int

	// Tracks take the place of these other sounds, in their order. Without any, those are
	// copied as they are.
	Tracks []Track
}

// Track is a WAV file that takes the place of a sound track.
type Track struct {
	Path           string
	Rate, Channels int
	Frames         int64
}

// Chunk is a part of a WAV file, unchanged.
type Chunk struct {
	ID   string // four characters
	Data []byte
}

// FLACBlock is a metadata block of a FLAC file, unchanged.
type FLACBlock struct {
	Type byte
	Data []byte
}

// Types of metadata blocks that stay right when the samples change.
const (
	BlockApplication = 2
	BlockComments    = 4
	BlockCueSheet    = 5
	BlockPicture     = 6
)

// MaxBytes bounds the memory that a file's metadata may take: pictures are
// the largest, and seldom beyond a megabyte.
const MaxBytes = 32 << 20

// ReadGrowing reads n bytes. Memory grows as they come, since the number may be a
// lie. If fewer are there it returns io.EOF.
func ReadGrowing(r io.Reader, n int64) ([]byte, error) {
	var b bytes.Buffer
	_, err := io.CopyN(&b, r, n)
	return b.Bytes(), err
}

// infoNames are the LIST INFO entries that have a Vorbis comment of the same
// meaning: RIFF (1991), 3-2, and the Vorbis comment recommendations.
var infoNames = [...]struct{ info, comment string }{
	{"INAM", "TITLE"}, {"IART", "ARTIST"}, {"IPRD", "ALBUM"}, {"ICRD", "DATE"}, {"IGNR", "GENRE"},
	{"ICMT", "COMMENT"}, {"ITRK", "TRACKNUMBER"}, {"ICOP", "COPYRIGHT"}, {"ILNG", "LANGUAGE"}, {"ISFT", "ENCODER"},
}

// ParseInfo reads the tags of a LIST chunk of the kind INFO.
func ParseInfo(b []byte) (tags [][2]string) {
	if len(b) < 4 || string(b[:4]) != "INFO" {
		return nil
	}
	for b = b[4:]; len(b) >= 8; {
		id, size := string(b[:4]), int(min(binary.LittleEndian.Uint32(b[4:]), MaxBytes))
		b = b[8:]
		value := strings.TrimRight(string(b[:min(size, len(b))]), "\x00 ")
		b = b[min(size+size%2, len(b)):]
		for _, n := range infoNames {
			if n.info == id && value != "" {
				tags = append(tags, [2]string{n.comment, value})
			}
		}
	}
	return tags
}

// appendInfo writes the tags that have a place in it as the body of a LIST chunk,
// nothing if there is none.
func appendInfo(tags [][2]string) []byte {
	b := []byte("INFO")
	for _, n := range infoNames {
		for _, t := range tags {
			if !strings.EqualFold(t[0], n.comment) {
				continue
			}
			b = append(b, n.info...)
			b = binary.LittleEndian.AppendUint32(b, uint32(len(t[1])+1))
			b = append(append(b, t[1]...), 0)
			if len(t[1])%2 == 0 {
				b = append(b, 0)
			}
			break // a second value has no place
		}
	}
	if len(b) == 4 {
		return nil
	}
	return b
}

// ParseComments reads Vorbis comments: vendor, count, then NAME=value each, all
// with 32-bit little-endian lengths. What is damaged ends them.
func ParseComments(b []byte) (tags [][2]string) {
	next := func() (string, bool) {
		if len(b) < 4 {
			return "", false
		}
		n := binary.LittleEndian.Uint32(b)
		if b = b[4:]; uint64(n) > uint64(len(b)) {
			return "", false
		}
		s := string(b[:n])
		b = b[n:]
		return s, true
	}
	if _, ok := next(); !ok || len(b) < 4 {
		return nil
	}
	count := binary.LittleEndian.Uint32(b)
	b = b[4:]
	for range count {
		s, ok := next()
		if !ok {
			break
		}
		tags = append(tags, SplitComments([]string{s})...)
	}
	return tags
}

// SplitComments takes NAME=value apart.
func SplitComments(comments []string) (tags [][2]string) {
	for _, s := range comments {
		if name, value, ok := strings.Cut(s, "="); ok && name != "" {
			tags = append(tags, [2]string{strings.ToUpper(name), value})
		}
	}
	return tags
}

// appendComments writes Vorbis comments.
func appendComments(tags [][2]string) []byte {
	le := binary.LittleEndian
	const vendor = "stillmic"
	b := le.AppendUint32(nil, uint32(len(vendor)))
	b = append(b, vendor...)
	b = le.AppendUint32(b, uint32(len(tags)))
	for _, t := range tags {
		b = le.AppendUint32(b, uint32(len(t[0])+1+len(t[1])))
		b = append(b, t[0]+"="+t[1]...)
	}
	return b
}

// WAVChunks returns the chunks before and after the samples of a WAV file.
func (m Metadata) WAVChunks() (head, tail []Chunk) {
	if len(m.Chunks) > 0 {
		return m.Chunks[:m.Head], m.Chunks[m.Head:]
	}
	if info := appendInfo(m.Tags); info != nil {
		return []Chunk{{ID: "LIST", Data: info}}, nil
	}
	return nil, nil
}

// FLACBlocks returns the blocks of a FLAC file.
func (m Metadata) FLACBlocks() []FLACBlock {
	if len(m.Blocks) > 0 || len(m.Tags) == 0 {
		return m.Blocks
	}
	blocks := []FLACBlock{{Type: BlockComments}}
	var tags [][2]string
	for _, t := range m.Tags {
		b, err := base64.StdEncoding.DecodeString(t[1])
		if t[0] != pictureComment || err != nil {
			tags = append(tags, t)
			continue
		}
		blocks = append(blocks, FLACBlock{Type: BlockPicture, Data: b})
	}
	blocks[0].Data = appendComments(tags)
	return blocks
}

// pictureComment is a FLAC block of a picture where there are comments only, in base64.
const pictureComment = "METADATA_BLOCK_PICTURE"

// Unknown returns the comments that other programs do not write into an Ogg file: covers, and
// several of one name.
func (m Metadata) Unknown() (comments []string) {
	count := map[string]int{}
	for _, t := range m.Tags {
		count[t[0]]++
	}
	m.Tags = slices.DeleteFunc(slices.Clone(m.Tags), func(t [2]string) bool { return count[t[0]] == 1 && t[0] != pictureComment })
	return m.Comments()
}

// Comments returns the Vorbis comments of an Ogg file, NAME=value.
func (m Metadata) Comments() (comments []string) {
	for _, t := range m.Tags {
		comments = append(comments, t[0]+"="+t[1])
	}
	for _, b := range m.Blocks {
		if b.Type == BlockPicture {
			comments = append(comments, pictureComment+"="+base64.StdEncoding.EncodeToString(b.Data))
		}
	}
	return comments
}
