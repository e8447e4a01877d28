package metadata

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// id3Values returns the texts of frames that have several, such as two artists, by the names
// of the frames. They are parted by zeros, which version 2.4 alone has: id3.org, ID3v2.4.0
// structure 3 and 4, frames 4.2. A tag of another version has none.
func id3Values(b []byte) map[string][]string {
	if len(b) < ID3Head || b[id3Version] != 4 {
		return nil
	}
	found := map[string][]string{}
	for _, f := range readID3Tag(b).frames {
		coded := f.flags[1] != 0 // compressed, encrypted or unsynchronised
		if !coded && len(f.body) > 1 && f.id[0] == 'T' && f.id != "TXXX" {
			if values := splitID3(f.body[0], f.body[1:]); len(values) > 1 {
				found[f.id] = values
			}
		}
	}
	return found
}

// splitID3 parts a text at its zeros.
func splitID3(encoding byte, b []byte) (values []string) {
	for v := range strings.SplitSeq(id3Text(encoding, b), "\x00") {
		if v != "" {
			values = append(values, v)
		}
	}
	return values
}

// id3Text decodes a text. Encodings: Latin-1, UTF-16 with a byte order mark, UTF-16 of big
// endian, UTF-8. In another one it is "".
func id3Text(encoding byte, b []byte) string {
	switch encoding {
	case 0:
		return latin1(string(b))
	case 1, 2:
		var order binary.ByteOrder = binary.BigEndian
		if len(b) >= 2 && b[0] == 0xFF && b[1] == 0xFE {
			order = binary.LittleEndian
		}
		units := make([]uint16, len(b)/2)
		for i := range units {
			units[i] = order.Uint16(b[2*i:])
		}
		return strings.ReplaceAll(string(utf16.Decode(units)), "\uFEFF", "")
	case 3:
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return ""
}
