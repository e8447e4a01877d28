// Package mp4 carries user data between files of the MP4 family byte by byte: tags,
// covers, freeform tags of iTunes, the keys of telephones. Programs that write such files
// know a few tags only. ISO/IEC 14496-12; Apple, QuickTime File Format.
package mp4

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxMoov bounds the memory for the index of a file: 12 hours of AAC have about 10 MB.
const maxMoov = 256 << 20

// CopyUserData replaces the user data of the file to by those of the file from, all but
// chapters and what is about the samples. The file to must have its index, the moov box,
// at the end, as it is written where nobody asks otherwise; else, and where the user data
// are damaged, it stays as it is.
func CopyUserData(to, from string) error {
	err := copyUserData(to, from)
	if errors.Is(err, errMalformed) {
		return nil
	}
	return err
}

func copyUserData(to, from string) error {
	src, err := readMoov(from)
	if err != nil || src.body == nil {
		return err
	}
	dst, err := readMoov(to)
	if err != nil || dst.body == nil || !dst.last {
		return err
	}
	moov, err := dst.with(src)
	if err != nil {
		return fmt.Errorf("carry tags over: %w", err)
	}
	return dst.replace(to, moov)
}

// replace writes another index, which is the last of a file.
func (x index) replace(path string, moov []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	b := appendBox(nil, "moov", moov)
	_, err = f.WriteAt(b, x.at)
	if err == nil {
		err = f.Truncate(x.at + int64(len(b)))
	}
	return errors.Join(err, f.Close())
}

// index is the moov box of a file.
type index struct {
	body      []byte // nil if there is none
	at        int64  // where the box begins
	last      bool   // nothing follows
	quickTime bool   // the file is QuickTime's, not ISO's
}

// readMoov looks for the moov box.
func readMoov(path string) (x index, err error) {
	f, err := os.Open(path)
	if err != nil {
		return x, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return x, err
	}
	x.quickTime = true // has no ftyp box, or one that says so
	for at := int64(0); at+8 <= st.Size(); {
		var head [16]byte
		if _, err := f.ReadAt(head[:], at); err != nil && !errors.Is(err, io.EOF) {
			return x, err
		}
		size, n := int64(binary.BigEndian.Uint32(head[:])), int64(8)
		switch size {
		case 0: // to the end
			size = st.Size() - at
		case 1:
			size, n = int64(binary.BigEndian.Uint64(head[8:])), 16
		}
		if size < n || size > st.Size()-at {
			return x, nil // cut off: what there is before has been seen
		}
		switch string(head[4:8]) {
		case "ftyp":
			x.quickTime = string(head[8:12]) == "qt  "
		case "moov":
			if size > maxMoov {
				return x, nil
			}
			x.body, x.at, x.last = make([]byte, size-n), at, at+size == st.Size()
			if _, err := f.ReadAt(x.body, at+n); err != nil {
				return x, fmt.Errorf("read the index of %s: %w", path, err)
			}
		}
		at += size
	}
	return x, nil
}

// with returns the body of the moov box x with the user data of src.
func (x index) with(src index) ([]byte, error) {
	mine, err := boxes(x.body)
	if err != nil {
		return nil, err
	}
	theirs, err := boxes(src.body)
	if err != nil {
		return nil, err
	}
	var b []byte
	for _, c := range mine {
		if c.kind != "udta" && c.kind != "meta" {
			b = appendBox(b, c.kind, c.body)
		}
	}
	// Tags in the sense of iTunes and of QuickTime lie in the one, keys in the other.
	if udta := find(theirs, "udta"); udta != nil && src.quickTime == x.quickTime {
		body, err := userData(find(mine, "udta"), udta)
		if err != nil {
			return nil, err
		}
		b = appendBox(b, "udta", body)
	} else if own := find(mine, "udta"); own != nil {
		b = appendBox(b, "udta", own)
	}
	meta := find(theirs, "meta")
	if meta == nil && src.quickTime != x.quickTime { // ffmpeg puts the keys there
		if meta, err = inUserData(theirs); err != nil {
			return nil, err
		}
	}
	if meta == nil || bytes.Contains(meta, []byte("iloc")) { // places in the other file
		meta = find(mine, "meta")
	}
	if meta != nil {
		b = appendBox(b, "meta", metaFor(meta, x.quickTime))
	}
	return b, nil
}
