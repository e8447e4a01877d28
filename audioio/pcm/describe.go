package pcm

import (
	"fmt"
	"unicode/utf8"
)

// Describe says what a file that is not WAV seems to be, from its first bytes.
func Describe(b []byte) string {
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
	case IsText(b):
		return "this is a text file"
	}
	return fmt.Sprintf("its first bytes are %x", b[:min(len(b), 12)])
}

// IsText reports whether b is printable UTF-8, its end possibly cut.
func IsText(b []byte) bool {
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
