package mp4

import (
	"encoding/binary"
	"errors"
)

// errMalformed: a box says that it reaches beyond what holds it.
var errMalformed = errors.New("malformed box")

// box is a part of a file.
type box struct {
	kind string // four characters
	body []byte
}

// boxes takes apart what holds boxes. QuickTime may put four zeros behind them.
func boxes(b []byte) (all []box, err error) {
	for len(b) >= 8 {
		size, n := uint64(binary.BigEndian.Uint32(b)), 8
		switch {
		case size == 0:
			size = uint64(len(b))
		case size == 1 && len(b) >= 16:
			size, n = binary.BigEndian.Uint64(b[8:]), 16
		}
		if size < uint64(n) || size > uint64(len(b)) {
			return nil, errMalformed
		}
		all = append(all, box{string(b[4:8]), b[n:size]})
		b = b[size:]
	}
	return all, nil
}

// find returns the body of the first box of a kind, nil if there is none.
func find(all []box, kind string) []byte {
	for _, c := range all {
		if c.kind == kind {
			return append([]byte{}, c.body...)
		}
	}
	return nil
}

// appendBox writes a box; none here is as large as 4 GiB.
func appendBox(b []byte, kind string, body []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(8+len(body)))
	return append(append(b, kind...), body...)
}

// metaHead is how many bytes are before the boxes of a meta box: ISO has version and
// flags there, QuickTime nothing.
func metaHead(body []byte) int {
	if len(body) >= 8 && string(body[4:8]) == "hdlr" || len(body) < 4 {
		return 0
	}
	return 4
}

// metaFor returns the body of a meta box as it is in one kind of files.
func metaFor(body []byte, quickTime bool) []byte {
	body = body[metaHead(body):]
	if quickTime {
		return body
	}
	return append(make([]byte, 4), body...)
}
