package wire

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
)

// FuzzDemux feeds what a sound server may send: it ends, the audio comes in pieces
// that fit, and the library is given whole heads of commands that it knows.
func FuzzDemux(f *testing.F) {
	f.Add(bytes.Join([][]byte{packet(3, make([]byte, 1920)), packet(controlChannel, command(opRequest, 1, 1024)),
		packet(controlChannel, command(2, 5)), packet(controlChannel, command(99)), packet(controlChannel, []byte{1})}, nil))
	f.Add(packet(controlChannel, command(0, 6))[:30])
	f.Fuzz(func(t *testing.T, sent []byte) {
		audio := 0
		d := &demux{in: bufio.NewReaderSize(bytes.NewReader(sent), 64),
			audio:   func(_ uint32, p []byte) { audio += len(p) },
			request: func(uint32, uint32) {},
		}
		ended := 0
		d.end = func(error) { ended++ }
		given, err := io.ReadAll(wholeReader{d})
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) || ended != 1 {
			t.Fatalf("ended %d times with %v", ended, err)
		}
		if audio+len(given) > len(sent) {
			t.Fatalf("%d bytes of audio and %d for the library out of %d", audio, len(given), len(sent))
		}
		for len(given) >= DescriptorLen {
			length := int(binary.BigEndian.Uint32(given))
			body := given[DescriptorLen:]
			if binary.BigEndian.Uint32(given[4:]) != controlChannel {
				t.Fatal("audio for the library")
			}
			if len(body) >= 5 && !libraryKnows(binary.BigEndian.Uint32(body[1:])) {
				t.Fatalf("command %d for the library", binary.BigEndian.Uint32(body[1:]))
			}
			given = body[min(length, len(body)):]
		}
	})
}

// wholeReader gives the end as an error of its own, which io.ReadAll does not swallow.
type wholeReader struct{ r io.Reader }

func (r wholeReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if errors.Is(err, io.EOF) {
		err = endOfStream{}
	}
	return n, err
}

type endOfStream struct{}

func (endOfStream) Error() string   { return "end" }
func (endOfStream) Is(e error) bool { return e == io.EOF }
