package matroska

import (
	"encoding/binary"
	"errors"
	"io"
	"math/bits"

	"github.com/stillmic/stillmic/audioio/metadata"
)

// Elements, by RFC 8794 (EBML) and RFC 9559 (Matroska).
const (
	idHead       = 0x1A45DFA3
	idSegment    = 0x18538067
	idTags       = 0x1254C367
	idTag        = 0x7373
	idTargets    = 0x63C0
	idSimpleTag  = 0x67C8
	idTagName    = 0x45A3
	idTagString  = 0x4487
	idVoid       = 0xEC
	idCRC        = 0xBF
	idTrackUID   = 0x63C5
	idTargetType = 0x63CA
	idEdition    = 0x63C9
	idChapter    = 0x63C4
	idAttachment = 0x63C6
)

var errMalformed = errors.New("not Matroska, or damaged")

// element is a part of a master element's body.
type element struct {
	id       uint32
	at       int // of its head in that body
	body     []byte
	wholeLen int // head and body
}

// head reads an element's head: its identifier, how long its body is, and how long the head is. A body of
// unknown length, as in a live stream, is none for us.
func head(b []byte) (id uint32, size int64, n int, err error) {
	if len(b) == 0 || b[0] < 0x10 {
		return 0, 0, 0, errMalformed
	}
	n = bits.LeadingZeros8(b[0]) + 1
	if len(b) <= n || b[n] == 0 {
		return 0, 0, 0, errMalformed
	}
	for _, c := range b[:n] {
		id = id<<8 | uint32(c)
	}
	width := bits.LeadingZeros8(b[n]) + 1
	if len(b) < n+width {
		return 0, 0, 0, errMalformed
	}
	value := uint64(b[n]) & (1<<(8-width) - 1)
	for _, c := range b[n+1 : n+width] {
		value = value<<8 | uint64(c)
	}
	if value == 1<<(7*width)-1 {
		return 0, 0, 0, errMalformed
	}
	return id, int64(value), n + width, nil
}

// elements lists what a master element's body holds.
func elements(b []byte) (list []element, err error) {
	for at := 0; at < len(b); {
		id, size, n, err := head(b[at:])
		if err != nil || size > int64(len(b)-at-n) {
			return nil, errMalformed
		}
		whole := n + int(size)
		list = append(list, element{id, at, b[at+n : at+whole], whole})
		at += whole
	}
	return list, nil
}

// appendElement writes an element with the shortest head.
func appendElement(b []byte, id uint32, body []byte) []byte {
	for shift := 24; shift >= 0; shift -= 8 {
		if id>>shift != 0 {
			b = append(b, byte(id>>shift))
		}
	}
	width := 1
	for uint64(len(body)) >= 1<<(7*width)-1 {
		width++
	}
	var size [8]byte
	binary.BigEndian.PutUint64(size[:], uint64(len(body))|1<<(7*width))
	return append(append(b, size[8-width:]...), body...)
}

// appendVoid fills so many bytes, 2 at least.
func appendVoid(b []byte, n int) []byte {
	const short, long = 2, 9 // bytes of a head
	if n < long {
		b = append(b, idVoid, byte(0x80|(n-short)))
		return append(b, make([]byte, n-short)...)
	}
	b = binary.BigEndian.AppendUint64(append(b, idVoid), uint64(n-long)|1<<56)
	return append(b, make([]byte, n-long)...)
}

// place is where a body lies in a file.
type place struct {
	at   int64
	body []byte
}

// allTags reads the bodies of the elements of tags. A file that is not Matroska, or damaged, has those before that.
func allTags(r io.ReaderAt) (list []place, err error) {
	const mostHead, mostElements = 12, 1 << 20
	at, end := int64(0), int64(-1) // of the segment, once that has begun
	left := int64(metadata.MaxBytes)
	for range mostElements {
		if end >= 0 && at >= end {
			break
		}
		b := make([]byte, mostHead)
		n, err := r.ReadAt(b, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		id, size, headLen, err := head(b[:n])
		if err != nil || at == 0 && id != idHead {
			return list, nil //nolint:nilerr // what is wrong there its reader says
		}
		at += int64(headLen)
		switch {
		case end < 0 && id == idSegment:
			end = at + size
			continue
		case end >= 0 && id == idTags && size <= left:
			left -= size
			body := make([]byte, size)
			if _, err := r.ReadAt(body, at); err != nil {
				return list, nil //nolint:nilerr // likewise
			}
			list = append(list, place{at, body})
		}
		at += size
	}
	return list, nil
}
