package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
)

// Writer writes a WAV file from front to back in constant memory.
//
// Into a file, Close returns to the header and sets the sizes; a file of more
// than 4 GiB becomes RF64 (EBU Tech 3306), for which room is kept in every
// header. Into a pipe, and in a file that was never closed, the sizes are
// 0xFFFFFFFF, "to the end", unless NewPipeWriter was told them. No method may be called
// by two goroutines at once.
type Writer struct {
	w       io.Writer
	closer  io.Closer
	seek    io.WriteSeeker // nil for a pipe
	start   int64          // where in the file the header begins
	format  pcm.Format
	header  header
	limit   int64 // of the size of a RIFF file
	frames  int64
	clipped int64
	raw     []byte
	tail    []byte // chunks behind the samples
	err     error  // the first one; all that follows fails with it
}

// header is a header with places left for sizes.
type header struct {
	bytes []byte
	ds64  int // where the JUNK or ds64 chunk begins
	fact  int // where the fact chunk's frame count lies, 0 if there is none
}

// ds64Size is the size of a ds64 chunk's body without a table: three sizes of
// 64 bits and the table's length.
const ds64Size = 28

// Create creates a WAV file, or empties the one that is there.
func Create(path string, f pcm.Format) (*Writer, error) {
	if err := f.Check(); err != nil {
		return nil, fmt.Errorf("create %s: %w", path, err)
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, err // names the operation and the path already
	}
	w, err := NewWriter(file, f, metadata.Metadata{})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("create %s: %w", path, err), file.Close())
	}
	w.closer = file
	return w, nil
}

// WriteFile writes a whole file, samples interleaved, full scale ±1.
func WriteFile(path string, f pcm.Format, p []float32) error {
	w, err := Create(path, f)
	if err != nil {
		return err
	}
	return errors.Join(w.Write(p), w.Close())
}

// NewWriter writes a header with the metadata m to w and returns a writer for the
// samples. If w can seek, Close completes the header; only then are chunks written
// that come behind the samples. Close does not close w.
func NewWriter(w io.Writer, f pcm.Format, m metadata.Metadata) (*Writer, error) {
	return NewPipeWriter(w, f, m, -1)
}

// NewPipeWriter is NewWriter for what may not seek. The header says at once that a number
// of frames follows, unless that is -1 for unknown.
func NewPipeWriter(w io.Writer, f pcm.Format, m metadata.Metadata, frames int64) (*Writer, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	ww := &Writer{w: w, format: f, limit: math.MaxUint32, raw: make([]byte, 0, pcm.BufferBytes)}
	if s, ok := w.(io.WriteSeeker); ok {
		// A pipe has a Seek method too; it fails.
		if at, err := s.Seek(0, io.SeekCurrent); err == nil {
			ww.seek, ww.start = s, at
		}
	}
	head, tail := m.WAVChunks()
	ww.header, ww.tail = makeHeader(f, head), appendChunks(nil, tail)
	if frames >= 0 {
		ww.header.complete(f, frames, 0, ww.limit)
	}
	if _, err := w.Write(ww.header.bytes); err != nil {
		return nil, fmt.Errorf("write the WAV header: %w", err)
	}
	return ww, nil
}

// makeHeader lays out a header with all sizes unknown.
func makeHeader(f pcm.Format, head []metadata.Chunk) header {
	le := binary.LittleEndian
	var h header
	b := append([]byte(nil), "RIFF\xFF\xFF\xFF\xFFWAVE"...)
	h.ds64 = len(b)
	b = append(b, "JUNK"...)
	b = le.AppendUint32(b, ds64Size)
	b = append(b, make([]byte, ds64Size)...)
	b = appendFormat(b, f)
	if f.Encoding.IsFloat() {
		// All but PCM must say the number of frames once more.
		b = append(b, "fact"...)
		b = le.AppendUint32(b, 4)
		h.fact = len(b)
		b = le.AppendUint32(b, unknownSize)
	}
	b = appendChunks(b, head)
	h.bytes = append(b, "data\xFF\xFF\xFF\xFF"...)
	return h
}

// appendChunks writes chunks, each filled up to an even size.
func appendChunks(b []byte, chunks []metadata.Chunk) []byte {
	for _, c := range chunks {
		b = append(b, c.ID...)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(c.Data)))
		b = append(b, c.Data...)
		if len(c.Data)%2 == 1 {
			b = append(b, 0)
		}
	}
	return b
}

// complete sets the sizes for a number of frames; limit is the largest RIFF
// size before the file must be RF64.
func (h header) complete(f pcm.Format, frames, tail, limit int64) {
	le := binary.LittleEndian
	data := frames * int64(f.FrameBytes())
	riff := int64(len(h.bytes)) - 8 + data + data%2 + tail
	short := uint32(min(frames, unknownSize))
	if riff <= limit {
		le.PutUint32(h.bytes[4:], uint32(riff))
		le.PutUint32(h.bytes[len(h.bytes)-4:], uint32(data))
	} else {
		copy(h.bytes, "RF64")
		d := h.bytes[h.ds64:]
		copy(d, "ds64")
		le.PutUint64(d[8:], uint64(riff))
		le.PutUint64(d[16:], uint64(data))
		le.PutUint64(d[24:], uint64(frames))
		short = unknownSize
	}
	if h.fact > 0 {
		le.PutUint32(h.bytes[h.fact:], short)
	}
}

// Rate returns the frames per second.
func (w *Writer) Rate() int { return w.format.Rate }

// Channels returns the number of samples per frame.
func (w *Writer) Channels() int { return w.format.Channels }

// Clipped returns how many samples so far were beyond full scale and were cut.
func (w *Writer) Clipped() int64 { return w.clipped }

// Write appends whole frames, samples interleaved, full scale ±1.
func (w *Writer) Write(p []float32) error {
	if w.err != nil {
		return w.err
	}
	if len(p)%w.format.Channels != 0 {
		return fmt.Errorf("write: %d samples are no whole frames of %d channels", len(p), w.format.Channels)
	}
	w.frames += int64(len(p) / w.format.Channels)
	for len(p) > 0 && w.err == nil {
		n := min(len(p), (cap(w.raw)-len(w.raw))/w.format.Encoding.Bytes())
		var clipped int64
		w.raw, clipped = pcm.Append(w.raw, p[:n], w.format.Encoding)
		w.clipped += clipped
		p = p[n:]
		if cap(w.raw)-len(w.raw) < w.format.Encoding.Bytes() {
			w.flush()
		}
	}
	return w.err
}

// flush writes out what is buffered.
func (w *Writer) flush() {
	if w.err != nil || len(w.raw) == 0 {
		return
	}
	if _, err := w.w.Write(w.raw); err != nil {
		w.err = fmt.Errorf("write samples: %w", err)
	}
	w.raw = w.raw[:0]
}

// Close writes what is left, completes the header and closes the file if
// Create made it. An error means that the file is not complete. A second
// call returns what the first did.
func (w *Writer) Close() error {
	if errors.Is(w.err, os.ErrClosed) {
		return nil
	}
	w.finish()
	if w.closer != nil {
		if err := w.closer.Close(); err != nil && w.err == nil {
			w.err = fmt.Errorf("close the WAV file: %w", err)
		}
		w.closer = nil
	}
	if w.err != nil {
		return w.err
	}
	w.err = fmt.Errorf("write samples: %w", os.ErrClosed)
	return nil
}

// finish pads the samples to an even size and completes the header.
func (w *Writer) finish() {
	if w.frames*int64(w.format.FrameBytes())%2 == 1 {
		w.flush() // the buffer's size is even, the padding might not fit
		w.raw = append(w.raw, 0)
	}
	w.flush()
	if w.seek == nil || w.err != nil {
		return // in a pipe nobody could tell the tail from samples
	}
	if _, err := w.w.Write(w.tail); err != nil {
		w.err = fmt.Errorf("write the WAV file's end: %w", err)
		return
	}
	w.header.complete(w.format, w.frames, int64(len(w.tail)), w.limit)
	end, err := w.seek.Seek(0, io.SeekCurrent)
	if err == nil {
		_, err = w.seek.Seek(w.start, io.SeekStart)
	}
	if err == nil {
		_, err = w.w.Write(w.header.bytes)
	}
	if err == nil {
		_, err = w.seek.Seek(end, io.SeekStart)
	}
	if err != nil {
		w.err = fmt.Errorf("complete the WAV header: %w", err)
	}
}
