package ogg

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// ReplaceComments gives an Ogg Vorbis or Opus file other comments, NAME=value, of which
// several may have the same name. Its own about the encoder stay. A file of several
// streams stays as it is.
func ReplaceComments(path string, comments []string) (err error) {
	in, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	// The pages behind move, and are all written anew: beside the file and then back, so
	// that its name and permissions stay.
	out, err := os.CreateTemp(filepath.Dir(path), ".ogg*")
	if err != nil {
		return err
	}
	gone := os.Remove(out.Name()) == nil
	defer func() {
		err = errors.Join(err, out.Close())
		if !gone {
			err = errors.Join(err, os.Remove(out.Name()))
		}
	}()
	w := bufio.NewWriterSize(out, 64<<10)
	if err := rewrite(w, bufio.NewReaderSize(in, 64<<10), comments); err != nil {
		if errors.Is(err, errOtherOgg) {
			return nil
		}
		return fmt.Errorf("write the comments: %w", err)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write the comments: %w", err)
	}
	return copyBack(in, out)
}

// copyBack gives a file the contents of another.
func copyBack(to, from *os.File) error {
	if _, err := from.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := to.Seek(0, io.SeekStart); err != nil {
		return err
	}
	n, err := io.Copy(to, from)
	if err != nil {
		return err
	}
	return to.Truncate(n)
}

// errOtherOgg: the file is not one of one Vorbis or Opus stream.
var errOtherOgg = errors.New("not an Ogg Vorbis or Opus file of one stream")

// rewrite copies a file with other comments. Its packets of headers come first, and
// begin and end with pages: RFC 7845, 3; Vorbis I, A.2.
func rewrite(w io.Writer, r io.Reader, comments []string) error {
	first, err := readPage(r)
	if err != nil {
		return err
	}
	var mark, end string
	headers := 1
	switch Codec(first) {
	case "opus":
		mark = "OpusTags"
	case "vorbis":
		mark, end, headers = "\x03vorbis", "\x01", 2
	default:
		return errOtherOgg
	}
	packets, err := readPackets(r, headers, first.serial())
	if err != nil {
		return err
	}
	body, ok := strings.CutPrefix(string(packets[0]), mark)
	if !ok {
		return errOtherOgg
	}
	packets[0] = append(replaceComments([]byte(mark), []byte(body), comments), end...)
	if _, err := w.Write(first); err != nil {
		return err
	}
	number := uint32(1)
	for _, p := range paginate(packets, first.serial()) {
		p.number(number)
		number++
		if _, err := w.Write(p); err != nil {
			return err
		}
	}
	for {
		p, err := readPage(r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if p.serial() != first.serial() {
			return errOtherOgg
		}
		p.number(number)
		number++
		if _, err := w.Write(p); err != nil {
			return err
		}
	}
}

// replaceComments appends a list of comments to b: the vendor of the old one and its
// comments about the encoder, and the new ones.
func replaceComments(b, old []byte, comments []string) []byte {
	le := binary.LittleEndian
	next := func() (string, bool) {
		if len(old) < 4 || int64(le.Uint32(old)) > int64(len(old)-4) {
			return "", false
		}
		n := 4 + le.Uint32(old)
		s := string(old[4:n])
		old = old[n:]
		return s, true
	}
	vendor, _ := next()
	var all []string
	if len(old) >= 4 {
		old = old[4:]
		for s, ok := next(); ok; s, ok = next() {
			if isEncoder(s) {
				all = append(all, s)
			}
		}
	}
	for _, s := range comments {
		if !isEncoder(s) {
			all = append(all, s)
		}
	}
	b = append(le.AppendUint32(b, uint32(len(vendor))), vendor...)
	b = le.AppendUint32(b, uint32(len(all)))
	for _, s := range all {
		b = append(le.AppendUint32(b, uint32(len(s))), s...)
	}
	return b
}

func isEncoder(comment string) bool {
	return len(comment) >= 8 && strings.EqualFold(comment[:8], "ENCODER=")
}
