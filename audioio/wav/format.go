package wav

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/stillmic/stillmic/audioio/pcm"
)

// ErrNotWAV: this is something else; the message says what, if it can.
var ErrNotWAV = errors.New("not a WAV file")

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

// fmtSize is the size of the largest fmt chunk known, the extensible one.
const fmtSize = 40

// tagOf is the format tag of an encoding.
func tagOf(e pcm.Encoding) uint16 {
	if e.IsFloat() {
		return tagFloat
	}
	return tagPCM
}

// parseFormat reads a fmt chunk, cut at 40 bytes.
func parseFormat(b []byte) (pcm.Format, error) {
	if len(b) < 16 {
		return pcm.Format{}, fmt.Errorf("%w: its fmt chunk has %d bytes, not 16 or more", pcm.ErrBadFormat, len(b))
	}
	le := binary.LittleEndian
	tag := le.Uint16(b)
	f := pcm.Format{Channels: int(le.Uint16(b[2:])), Rate: int(le.Uint32(b[4:]))}
	align, bits := int(le.Uint16(b[12:])), int(le.Uint16(b[14:]))
	if tag == tagExtensible {
		if len(b) < fmtSize {
			return f, fmt.Errorf("%w: its extensible fmt chunk has %d bytes, not %d", pcm.ErrBadFormat, len(b), fmtSize)
		}
		f.ChannelMask = le.Uint32(b[20:])
		tag = le.Uint16(b[24:])
		if [14]byte(b[26:]) != guidTail {
			return f, fmt.Errorf("%w: its samples are of an unknown kind (sub-format %x)", pcm.ErrBadFormat, b[24:])
		}
	}
	switch {
	case tag != tagPCM && tag != tagFloat:
		name := tagNames[tag]
		if name == "" {
			name = "unknown"
		}
		return f, fmt.Errorf("%w: its samples are %s (format tag 0x%04x), only PCM and float can be read; convert it to "+
			"16-bit PCM first",
			pcm.ErrBadFormat, name, tag)
	case f.Channels < 1 || f.Channels > pcm.MaxChannels:
		return f, fmt.Errorf("%w: its header says %d channels, 1 to %d are possible", pcm.ErrBadFormat, f.Channels,
			pcm.MaxChannels)
	case f.Rate < 1 || f.Rate > 10_000_000:
		return f, fmt.Errorf("%w: its header says a sample rate of %d Hz", pcm.ErrBadFormat, f.Rate)
	}
	// The container's size decides, not the valid bits: 20-bit samples lie in
	// the upper part of three bytes.
	size := (bits + 7) / 8
	if align%f.Channels == 0 && align/f.Channels >= size {
		size = align / f.Channels
	}
	var ok bool
	if f.Encoding, ok = pcm.EncodingOf(size, tag == tagFloat); ok {
		if align != 0 && align != f.FrameBytes() {
			return f, fmt.Errorf("%w: its header says %d bytes per frame where %d channels of %s are %d",
				pcm.ErrBadFormat, align, f.Channels, f.Encoding, f.FrameBytes())
		}
		return f, nil
	}
	kind := "PCM"
	if tag == tagFloat {
		kind = "float"
	}
	return f, fmt.Errorf("%w: %d-bit %s; 8, 16, 24 and 32-bit PCM and 32 and 64-bit float can be read", pcm.ErrBadFormat, bits,
		kind)
}

// appendFormat writes a fmt chunk, header included.
func appendFormat(b []byte, f pcm.Format) []byte {
	le := binary.LittleEndian
	tag, bits := tagOf(f.Encoding), 8*f.Encoding.Bytes()
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
	b = le.AppendUint32(b, uint32(f.Rate*f.FrameBytes()))
	b = le.AppendUint16(b, uint16(f.FrameBytes()))
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
