package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
)

// unknownSize is a size field that says "look elsewhere" (RF64) or "I did not
// know yet" (a file written into a pipe).
const unknownSize = math.MaxUint32

// pipeSize is the least that programs write which cannot return to the header
// and say "as large as possible" with a signed number (arecord, sox).
const pipeSize = math.MaxInt32 - 4096

// readHeader reads up to the first sample.
func (w *Reader) readHeader() error {
	head, err := w.r.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the header: %w", err)
	}
	if len(head) == 0 {
		return pcm.ErrEmptyFile
	}
	if !IsWAV(head) {
		return fmt.Errorf("%w: %s", ErrNotWAV, pcm.Describe(head))
	}
	if len(head) < 12 {
		return fmt.Errorf("%w: it ends after %d bytes, within its header", pcm.ErrTruncated, len(head))
	}
	long := string(head[:4]) != "RIFF" // RF64 or BW64
	riffSize := binary.LittleEndian.Uint32(head[4:])
	_, _ = w.r.Discard(12) // was peeked at
	w.offset = 12
	return w.readChunks(long, riffSize)
}

// IsWAV reports whether a file that starts with b can be a WAV file. A shorter
// start than 12 bytes is judged by what there is.
func IsWAV(b []byte) bool {
	n := min(len(b), 4)
	magic := string(b[:n])
	if magic != "RIFF"[:n] && magic != "RF64"[:n] && magic != "BW64"[:n] || n < 4 {
		return false
	}
	return len(b) < 12 || string(b[8:12]) == "WAVE"
}

// readChunks reads chunks until the one that holds the samples.
func (w *Reader) readChunks(long bool, riffSize uint32) error {
	haveFormat := false
	longSize := int64(-1) // of the samples, from a ds64 chunk
	for {
		var h [8]byte
		if n, err := io.ReadFull(w.r, h[:]); err != nil {
			return headerEnd(err, n, haveFormat)
		}
		w.offset += 8
		id, size := string(h[:4]), binary.LittleEndian.Uint32(h[4:])
		switch {
		case id == "data":
			if !haveFormat {
				return fmt.Errorf("%w: its samples come before their description (no fmt chunk)", pcm.ErrBadFormat)
			}
			w.setLength(int64(size), longSize, long, riffSize)
			return nil
		case id == "fmt ":
			b, err := w.readChunk(size, fmtSize)
			if err != nil {
				return err
			}
			if w.format, err = parseFormat(b); err != nil {
				return err
			}
			haveFormat = true
		case id == "ds64" && long:
			// RIFF size, data size and sample count, 64 bits each: EBU Tech 3306.
			b, err := w.readChunk(size, 24)
			if err != nil {
				return err
			}
			if len(b) < 16 {
				return fmt.Errorf("%w: its ds64 chunk has %d bytes, not 24 or more", pcm.ErrBadFormat, len(b))
			}
			longSize = int64(min(binary.LittleEndian.Uint64(b[8:]), math.MaxInt64))
		default:
			keep := 0
			if w.keeps(id, int64(size)) {
				keep = int(size)
			}
			b, err := w.readChunk(size, keep)
			if err != nil {
				return err
			}
			if keep > 0 {
				w.addChunk(id, b)
				w.meta.Head++
			}
		}
	}
}

// keeps reports whether a chunk is worth keeping: not what describes the samples as
// they were, nor filling, nor too much.
func (w *Reader) keeps(id string, size int64) bool {
	switch id {
	case "fact", "PEAK", "levl", "JUNK", "junk", "PAD ", "FLLR", "ds64", "fmt ", "data":
		return false
	}
	return size > 0 && int64(w.kept)+size <= metadata.MaxBytes
}

func (w *Reader) addChunk(id string, b []byte) {
	w.kept += len(b)
	w.meta.Chunks = append(w.meta.Chunks, metadata.Chunk{ID: id, Data: b})
	if id == "LIST" {
		w.meta.Tags = append(w.meta.Tags, metadata.ParseInfo(b)...)
	}
}

// readTail reads the chunks behind the samples. Whatever is wrong there ends it:
// the samples can be read all the same.
func (w *Reader) readTail(f io.ReaderAt, size int64) {
	at := w.offset + w.promised*int64(w.format.FrameBytes())
	at += at & 1
	for at+8 <= size {
		var h [8]byte
		if _, err := f.ReadAt(h[:], at); err != nil {
			return
		}
		at += 8
		id, n := string(h[:4]), int64(binary.LittleEndian.Uint32(h[4:]))
		if at+n > size || !printable(id) {
			return
		}
		w.more = w.more || id == "data" && n > 0
		if w.keeps(id, n) {
			b := make([]byte, n)
			if _, err := f.ReadAt(b, at); err != nil {
				return
			}
			w.addChunk(id, b)
		}
		at += n + n&1
	}
}

// printable reports whether a chunk's name can be one.
func printable(id string) bool {
	for _, c := range []byte(id) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// headerEnd is the error for a file that ends where a chunk should begin.
func headerEnd(err error, n int, haveFormat bool) error {
	switch {
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("read the header: %w", err)
	case n == 0 && haveFormat:
		return fmt.Errorf("%w: it has a format but no samples (no data chunk)", pcm.ErrTruncated)
	default:
		return fmt.Errorf("%w: it ends within its header", pcm.ErrTruncated)
	}
}

// readChunk reads a chunk's body with its padding to an even size and returns
// at most keep bytes of it.
func (w *Reader) readChunk(size uint32, keep int) ([]byte, error) {
	b, err := metadata.ReadGrowing(w.r, min(int64(size), int64(keep)))
	if err == nil {
		rest := int64(size) + int64(size%2) - int64(len(b))
		_, err = io.CopyN(io.Discard, w.r, rest)
		w.offset += int64(len(b)) + rest
	}
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("%w: it ends within its header", pcm.ErrTruncated)
	case err != nil:
		return nil, fmt.Errorf("read the header: %w", err)
	}
	return b, nil
}

// chunkFollows reports whether the head of a chunk comes next.
func (w *Reader) chunkFollows(riffSize uint32) bool {
	h, err := w.r.Peek(8)
	return err == nil && printable(string(h[:4])) && binary.LittleEndian.Uint32(h[4:]) <= riffSize
}

// setLength works out how many frames to expect; -1 is until the file ends.
func (w *Reader) setLength(size, longSize int64, long bool, riffSize uint32) {
	switch {
	case long && longSize >= 0 && (size == unknownSize || size == 0):
		size = longSize
	case size == unknownSize, !long && size >= pipeSize:
		// Written into a pipe. A true size this large is rare, and then no
		// other chunk should follow that could be taken for samples.
		size = -1
	case size == 0 && (int64(riffSize) <= w.offset || !w.chunkFollows(riffSize)):
		// Nothing is said to come after the header. If something does, this is
		// a recording whose program never came to finish it.
		if _, err := w.r.Peek(1); err == nil {
			size = -1
		}
	}
	w.promised = -1
	if size >= 0 {
		w.promised = size / int64(w.format.FrameBytes())
	}
}
