package audioio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"
)

// What can be wrong with a WAV file, to be compared with errors.Is.
var (
	// ErrEmptyFile: there is not a single byte.
	ErrEmptyFile = errors.New("file is empty")

	// ErrNotWAV: this is something else; the message says what, if it can.
	ErrNotWAV = errors.New("not a WAV file")

	// ErrTruncated: the file ends before what its header promises. What is
	// there was delivered before this error, so it may be taken as a warning.
	ErrTruncated = errors.New("file is truncated")

	// ErrBadFormat: a WAV file whose header is damaged, or whose samples are
	// of a kind that cannot be read.
	ErrBadFormat = errors.New("unsupported WAV format")
)

// Encoding is how a file stores one sample.
type Encoding int

// The encodings of WAV files, all little-endian. PCM8 is unsigned.
const (
	PCM16 Encoding = iota
	PCM8
	PCM24
	PCM32
	Float32
	Float64
)

// encodings describes each Encoding: name, bytes per sample, WAV format tag.
var encodings = [...]struct {
	name  string
	bytes int
	tag   uint16
}{
	PCM16:   {"16-bit PCM", 2, tagPCM},
	PCM8:    {"8-bit PCM", 1, tagPCM},
	PCM24:   {"24-bit PCM", 3, tagPCM},
	PCM32:   {"32-bit PCM", 4, tagPCM},
	Float32: {"32-bit float", 4, tagFloat},
	Float64: {"64-bit float", 8, tagFloat},
}

// valid says whether e is one of the constants.
func (e Encoding) valid() bool { return e >= 0 && int(e) < len(encodings) }

// Bytes returns the size of one sample.
func (e Encoding) Bytes() int { return encodings[e].bytes }

// String returns the name people use, like "24-bit PCM".
func (e Encoding) String() string {
	if !e.valid() {
		return fmt.Sprintf("Encoding(%d)", int(e))
	}
	return encodings[e].name
}

// WAVFormat is what a WAV file's header says about its samples.
type WAVFormat struct {
	Rate     int // frames per second
	Channels int
	Encoding Encoding

	// ChannelMask names the loudspeaker of each channel, as in
	// WAVEFORMATEXTENSIBLE; 0 says nothing.
	ChannelMask uint32
}

// frameBytes is the size of one sample of every channel.
func (f WAVFormat) frameBytes() int { return f.Channels * f.Encoding.Bytes() }

// Format tags: RFC 2361 and Microsoft's mmreg.h.
const (
	tagPCM        = 0x0001
	tagFloat      = 0x0003
	tagExtensible = 0xFFFE
)

// tagNames are formats people may well have and we do not read.
var tagNames = map[uint16]string{
	0x0002: "Microsoft ADPCM", 0x0006: "A-law", 0x0007: "mu-law", 0x0011: "IMA ADPCM", 0x0031: "GSM 6.10",
	0x0050: "MPEG", 0x0055: "MP3", 0x0092: "AC-3", 0x00FF: "AAC", 0x0161: "WMA", 0x704F: "Opus", 0xF1AC: "FLAC",
}

// guidTail ends every SubFormat that is a plain format tag:
// xxxx0000-0000-0010-8000-00AA00389B71, without its first two bytes.
var guidTail = [14]byte{0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71}

const (
	// maxChannels bounds the memory a damaged header can ask for.
	maxChannels = 256

	// fmtSize is the size of the largest fmt chunk known, the extensible one.
	fmtSize = 40
)

// parseFormat reads a fmt chunk, cut at 40 bytes.
func parseFormat(b []byte) (WAVFormat, error) {
	if len(b) < 16 {
		return WAVFormat{}, fmt.Errorf("%w: its fmt chunk has %d bytes, not 16 or more", ErrBadFormat, len(b))
	}
	le := binary.LittleEndian
	tag := le.Uint16(b)
	f := WAVFormat{Channels: int(le.Uint16(b[2:])), Rate: int(le.Uint32(b[4:]))}
	align, bits := int(le.Uint16(b[12:])), int(le.Uint16(b[14:]))
	if tag == tagExtensible {
		if len(b) < fmtSize {
			return f, fmt.Errorf("%w: its extensible fmt chunk has %d bytes, not %d", ErrBadFormat, len(b), fmtSize)
		}
		f.ChannelMask = le.Uint32(b[20:])
		tag = le.Uint16(b[24:])
		if [14]byte(b[26:]) != guidTail {
			return f, fmt.Errorf("%w: its samples are of an unknown kind (sub-format %x)", ErrBadFormat, b[24:])
		}
	}
	switch {
	case tag != tagPCM && tag != tagFloat:
		name := tagNames[tag]
		if name == "" {
			name = "unknown"
		}
		return f, fmt.Errorf("%w: its samples are %s (format tag 0x%04x), only PCM and float can be read; convert it to 16-bit PCM first",
			ErrBadFormat, name, tag)
	case f.Channels < 1 || f.Channels > maxChannels:
		return f, fmt.Errorf("%w: its header says %d channels, 1 to %d are possible", ErrBadFormat, f.Channels, maxChannels)
	case f.Rate < 1 || f.Rate > 10_000_000:
		return f, fmt.Errorf("%w: its header says a sample rate of %d Hz", ErrBadFormat, f.Rate)
	}
	// The container's size decides, not the valid bits: 20-bit samples lie in
	// the upper part of three bytes.
	size := (bits + 7) / 8
	if align%f.Channels == 0 && align/f.Channels >= size {
		size = align / f.Channels
	}
	for e, d := range encodings {
		if d.tag == tag && d.bytes == size {
			f.Encoding = Encoding(e)
			if align != 0 && align != f.frameBytes() {
				return f, fmt.Errorf("%w: its header says %d bytes per frame where %d channels of %s are %d",
					ErrBadFormat, align, f.Channels, f.Encoding, f.frameBytes())
			}
			return f, nil
		}
	}
	kind := "PCM"
	if tag == tagFloat {
		kind = "float"
	}
	return f, fmt.Errorf("%w: %d-bit %s; 8, 16, 24 and 32-bit PCM and 32 and 64-bit float can be read", ErrBadFormat, bits, kind)
}

// appendFormat writes a fmt chunk, header included.
func appendFormat(b []byte, f WAVFormat) []byte {
	le := binary.LittleEndian
	tag, bits := encodings[f.Encoding].tag, 8*f.Encoding.Bytes()
	// The extensible form is called for where the plain one is ambiguous.
	extensible := f.Channels > 2 || tag == tagPCM && bits > 16 || f.ChannelMask != 0
	size := 16
	if extensible {
		size = fmtSize
	} else if tag != tagPCM {
		size = 18
	}
	b = append(b, "fmt "...)
	b = le.AppendUint32(b, uint32(size))
	if extensible {
		b = le.AppendUint16(b, tagExtensible)
	} else {
		b = le.AppendUint16(b, tag)
	}
	b = le.AppendUint16(b, uint16(f.Channels))
	b = le.AppendUint32(b, uint32(f.Rate))
	b = le.AppendUint32(b, uint32(f.Rate*f.frameBytes()))
	b = le.AppendUint16(b, uint16(f.frameBytes()))
	b = le.AppendUint16(b, uint16(bits))
	switch size {
	case 18:
		b = le.AppendUint16(b, 0) // no extension
	case fmtSize:
		b = le.AppendUint16(b, fmtSize-18)
		b = le.AppendUint16(b, uint16(bits)) // all bits are valid
		b = le.AppendUint32(b, f.ChannelMask)
		b = le.AppendUint16(b, tag)
		b = append(b, guidTail[:]...)
	}
	return b
}

// describe says what a file that is not WAV seems to be, from its first bytes.
func describe(b []byte) string {
	at := func(i int, s string) bool { return len(b) >= i+len(s) && string(b[i:i+len(s)]) == s }
	switch {
	case at(0, "fLaC"):
		return "this is a FLAC file"
	case at(0, "OggS"):
		return "this is an Ogg file (Vorbis or Opus)"
	case at(0, "ID3"), len(b) > 1 && b[0] == 0xFF && b[1]&0xE0 == 0xE0:
		return "this looks like an MP3 or AAC file"
	case at(4, "ftyp"):
		return "this is an MP4 or M4A file"
	case at(0, "FORM") && at(8, "AIF"):
		return "this is an AIFF file"
	case at(0, "RIFX"):
		return "this is a big-endian WAV file"
	case at(0, "RIFF") && len(b) >= 12:
		return fmt.Sprintf("this is a RIFF file of another kind (%q)", b[8:12])
	case at(0, "\x1A\x45\xDF\xA3"):
		return "this is a Matroska or WebM file"
	case isText(b):
		return "this is a text file"
	}
	return fmt.Sprintf("its first bytes are %x", b[:min(len(b), 12)])
}

// isText says whether b is printable UTF-8, its end possibly cut.
func isText(b []byte) bool {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			return !utf8.FullRune(b)
		}
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' || r == 0x7F {
			return false
		}
		b = b[n:]
	}
	return true
}
