package ogg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/stillmic/stillmic/audioio/metadata"
)

// ReplaceComments gives an Ogg Vorbis or Opus file other comments, NAME=value, of which
// several may have the same name. Its own about the encoder stay. A file of several streams
// stays as it is.
func ReplaceComments(path string, comments []string) error { return change(path, comments, false) }

// MergeComments is ReplaceComments, but the file's comments of other names stay.
func MergeComments(path string, comments []string) error { return change(path, comments, true) }

func change(path string, comments []string, merge bool) error {
	err := metadata.Rewrite(path, func(w io.Writer, r io.Reader) error { return rewrite(w, r, comments, merge) })
	if errors.Is(err, errOtherOgg) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("write the comments: %w", err)
	}
	return nil
}

// errOtherOgg: the file is not one of one Vorbis or Opus stream.
var errOtherOgg = errors.New("not an Ogg Vorbis or Opus file of one stream")

// rewrite copies a file with other comments. Its packets of headers come first, and
// begin and end with pages: RFC 7845, 3; Vorbis I, A.2.
func rewrite(w io.Writer, r io.Reader, comments []string, merge bool) error {
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
	packets[0] = append(replaceComments([]byte(mark), []byte(body), comments, merge), end...)
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

// replaceComments appends a list of comments to b: the vendor of the old one, its comments
// about the encoder, or with merge all that have no new one of their name, and the new ones.
func replaceComments(b, old []byte, comments []string, merge bool) []byte {
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
			if isEncoder(s) || merge && !slices.ContainsFunc(comments, func(c string) bool { return sameName(c, s) }) {
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

func isEncoder(comment string) bool { return sameName(comment, "ENCODER=") }

// sameName reports whether two comments have the same name.
func sameName(a, b string) bool {
	a, _, _ = strings.Cut(a, "=")
	b, _, _ = strings.Cut(b, "=")
	return strings.EqualFold(a, b)
}
