package ffmpeg

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/stillmic/stillmic/audioio/pcm"
)

// whole returns io.EOF, or that there is less of a file than its headers say. ffmpeg takes
// files of the kinds below for whole wherever they are cut off; head are the first bytes.
func whole(path string, head []byte) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if packet := packetSize(head); packet > 0 && st.Size()%packet != 0 {
		return fmt.Errorf("%w: its last packet is cut off", pcm.ErrTruncated)
	}
	// Some writers forget to count, or to write, the byte that makes a size even.
	if want := promised(f, head); st.Size() < want-1 {
		return fmt.Errorf("%w: it should have %d bytes, %d are there", pcm.ErrTruncated, want, st.Size())
	}
	return io.EOF
}

// promised is how many bytes a file should have at least, 0 where it does not say.
func promised(f io.ReaderAt, head []byte) int64 {
	if len(head) < 12 {
		return 0
	}
	switch string(head[:4]) {
	case "FORM": // AIFF: EA IFF 85. The size counts what follows it.
		return iffSize(binary.BigEndian.Uint32(head[4:]))
	case "RIFF": // AVI, likewise
		return iffSize(binary.LittleEndian.Uint32(head[4:]))
	case ".snd": // AU: where the samples begin, and how many bytes they have
		if size := binary.BigEndian.Uint32(head[8:]); size != math.MaxUint32 {
			return int64(binary.BigEndian.Uint32(head[4:])) + int64(size)
		}
	case "caff":
		return cafSize(f)
	case "riff": // Sony Wave64: RIFF with sizes of 8 bytes, which count all
		return size64(head, 16)
	case "\x30\x26\xB2\x75": // Windows Media: the size comes behind the file's own number
		if at := bytes.Index(head, asfProperties); at >= 0 {
			return size64(head, at+len(asfProperties)+8+16)
		}
	}
	if string(head[:3]) == "FLV" {
		return flvSize(f)
	}
	return mp2Size(f)
}

// asfProperties begins the part of a Windows Media file that says how large it is: Advanced
// Systems Format, 3.2.
var asfProperties = []byte("\xA1\xDC\xAB\x8C\x47\xA9\xCF\x11\x8E\xE4\x00\xC0\x0C\x20\x53\x65")

// size64 reads a size of 8 bytes, 0 where there is none.
func size64(b []byte, at int) int64 {
	if len(b) < at+8 {
		return 0
	}
	return int64(min(binary.LittleEndian.Uint64(b[at:]), math.MaxInt64))
}

// iffSize is the size of a file whose first chunk has n bytes.
func iffSize(n uint32) int64 {
	if n >= 1<<31-1 { // a stream, whose writer did not know
		return 0
	}
	return int64(n) + 8
}

// cafSize goes along the chunks of a CAF file, each with a name of 4 bytes and a size of 8,
// -1 for samples up to the end: Apple, Core Audio Format 1.0.
func cafSize(f io.ReaderAt) (size int64) {
	for at := int64(8); ; {
		var head [12]byte
		if _, err := f.ReadAt(head[:], at); err != nil {
			return size // no further chunk
		}
		n := int64(binary.BigEndian.Uint64(head[4:]))
		if n < 0 || n > math.MaxInt64-at-12 {
			return 0
		}
		if at += 12 + n; string(head[:4]) != "free" { // filling, which need not be there
			size = at
		}
	}
}
