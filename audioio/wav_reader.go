package audioio

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

// WAVReader reads the samples of a WAV file from front to back, in constant
// memory, from anything that can be read, a pipe included.
//
// It understands RIFF, RF64 and BW64, plain and extensible headers, PCM of 8,
// 16, 24 and 32 bits, float of 32 and 64 bits, any rate and up to 256 channels.
// Other chunks are kept as Metadata; those behind the samples only of a file, as
// a pipe would have to be read to its end first.
type WAVReader struct {
	r      *bufio.Reader
	closer io.Closer
	format WAVFormat
	offset int64 // of the first sample in the file

	promised int64 // frames, as the header says; -1 if it does not
	read     int64 // frames delivered
	replaced int64 // NaN and infinite samples
	meta     Metadata
	kept     int // bytes of metadata
	raw      []byte
	err      error // io.EOF or ErrTruncated, once at the end
}

// rawBytes is the size of the buffer between file and samples; at least one
// frame of the widest kind fits: 256 channels of 8 bytes.
const rawBytes = 16 << 10

// unknownSize is a size field that says "look elsewhere" (RF64) or "I did not
// know yet" (a file written into a pipe).
const unknownSize = math.MaxUint32

// pipeSize is the least that programs write which cannot return to the header
// and say "as large as possible" with a signed number (arecord, sox).
const pipeSize = math.MaxInt32 - 4096

// OpenWAV opens a WAV file for reading.
func OpenWAV(path string) (*WAVReader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err // names the operation and the path already
	}
	r, err := openWAVFile(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), f.Close())
	}
	r.closer = f
	return r, nil
}

// openWAVFile is NewWAVReader for a file, which may know more than its header.
func openWAVFile(f *os.File) (*WAVReader, error) {
	r, err := NewWAVReader(f)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	switch {
	case err != nil || !st.Mode().IsRegular():
	case r.promised < 0:
		// The samples end with the file, so their number is known after all.
		r.promised = max(st.Size()-r.offset, 0) / int64(r.format.frameBytes())
	default:
		r.readTail(f, st.Size())
	}
	return r, nil
}

// NewWAVReader reads the header from r and returns a reader that stands before
// the first sample. It may read ahead; Close does not close r.
func NewWAVReader(r io.Reader) (*WAVReader, error) {
	w := &WAVReader{r: bufio.NewReaderSize(r, 32<<10)}
	if err := w.readHeader(); err != nil {
		return nil, err
	}
	w.raw = make([]byte, rawBytes-rawBytes%w.format.frameBytes())
	return w, nil
}

// readHeader reads up to the first sample.
func (w *WAVReader) readHeader() error {
	head, err := w.r.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the header: %w", err)
	}
	if len(head) == 0 {
		return ErrEmptyFile
	}
	if !isWAV(head) {
		return fmt.Errorf("%w: %s", ErrNotWAV, describe(head))
	}
	if len(head) < 12 {
		return fmt.Errorf("%w: it ends after %d bytes, within its header", ErrTruncated, len(head))
	}
	long := string(head[:4]) != "RIFF" // RF64 or BW64
	riffSize := binary.LittleEndian.Uint32(head[4:])
	_, _ = w.r.Discard(12) // was peeked at
	w.offset = 12
	return w.readChunks(long, riffSize)
}

// isWAV says whether a file that starts with b can be a WAV file. A shorter
// start than 12 bytes is judged by what there is.
func isWAV(b []byte) bool {
	n := min(len(b), 4)
	magic := string(b[:n])
	if magic != "RIFF"[:n] && magic != "RF64"[:n] && magic != "BW64"[:n] || n < 4 {
		return false
	}
	return len(b) < 12 || string(b[8:12]) == "WAVE"
}

// readChunks reads chunks until the one that holds the samples.
func (w *WAVReader) readChunks(long bool, riffSize uint32) error {
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
				return fmt.Errorf("%w: its samples come before their description (no fmt chunk)", ErrBadFormat)
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
				return fmt.Errorf("%w: its ds64 chunk has %d bytes, not 24 or more", ErrBadFormat, len(b))
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

// keeps says whether a chunk is worth keeping: not what describes the samples as
// they were, nor filling, nor too much.
func (w *WAVReader) keeps(id string, size int64) bool {
	switch id {
	case "fact", "PEAK", "levl", "JUNK", "junk", "PAD ", "FLLR", "ds64", "fmt ", "data":
		return false
	}
	return size > 0 && int64(w.kept)+size <= maxMetadata
}

func (w *WAVReader) addChunk(id string, b []byte) {
	w.kept += len(b)
	w.meta.Chunks = append(w.meta.Chunks, Chunk{id, b})
	if id == "LIST" {
		w.meta.Tags = append(w.meta.Tags, parseInfo(b)...)
	}
}

// readTail reads the chunks behind the samples. Whatever is wrong there ends it:
// the samples can be read all the same.
func (w *WAVReader) readTail(f io.ReaderAt, size int64) {
	at := w.offset + w.promised*int64(w.format.frameBytes())
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

// printable says whether a chunk's name can be one.
func printable(id string) bool {
	for _, c := range []byte(id) {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// Metadata returns what the file carries beside its samples.
func (w *WAVReader) Metadata() Metadata { return w.meta }

// headerEnd is the error for a file that ends where a chunk should begin.
func headerEnd(err error, n int, haveFormat bool) error {
	switch {
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("read the header: %w", err)
	case n == 0 && haveFormat:
		return fmt.Errorf("%w: it has a format but no samples (no data chunk)", ErrTruncated)
	default:
		return fmt.Errorf("%w: it ends within its header", ErrTruncated)
	}
}

// readChunk reads a chunk's body with its padding to an even size and returns
// at most keep bytes of it.
func (w *WAVReader) readChunk(size uint32, keep int) ([]byte, error) {
	b, err := readGrowing(w.r, min(int64(size), int64(keep)))
	if err == nil {
		rest := int64(size) + int64(size%2) - int64(len(b))
		_, err = io.CopyN(io.Discard, w.r, rest)
		w.offset += int64(len(b)) + rest
	}
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("%w: it ends within its header", ErrTruncated)
	case err != nil:
		return nil, fmt.Errorf("read the header: %w", err)
	}
	return b, nil
}

// setLength works out how many frames to expect; -1 is until the file ends.
func (w *WAVReader) setLength(size, longSize int64, long bool, riffSize uint32) {
	switch {
	case long && longSize >= 0 && (size == unknownSize || size == 0):
		size = longSize
	case size == unknownSize, !long && size >= pipeSize:
		// Written into a pipe. A true size this large is rare, and then no
		// other chunk should follow that could be taken for samples.
		size = -1
	case size == 0 && int64(riffSize) <= w.offset:
		// Nothing is said to come after the header. If something does, this is
		// a recording whose program never came to finish it.
		if _, err := w.r.Peek(1); err == nil {
			size = -1
		}
	}
	w.promised = -1
	if size >= 0 {
		w.promised = size / int64(w.format.frameBytes())
	}
}

// Format returns what the header says.
func (w *WAVReader) Format() WAVFormat { return w.format }

// Rate returns the frames per second.
func (w *WAVReader) Rate() int { return w.format.Rate }

// Channels returns the number of samples per frame.
func (w *WAVReader) Channels() int { return w.format.Channels }

// Frames returns the number of frames the header promises, -1 if it does not
// say.
func (w *WAVReader) Frames() int64 { return w.promised }

// Replaced returns how many samples so far were no numbers (NaN) or infinite
// and were read as silence.
func (w *WAVReader) Replaced() int64 { return w.replaced }

// Read fills p with whole frames, samples interleaved, full scale ±1, and
// returns how many frames it read. It returns fewer than fit only at the end:
// there, with the next call at the latest, 0 and io.EOF, or an error that is
// ErrTruncated and says how much is missing. p must hold at least one frame.
func (w *WAVReader) Read(p []float32) (frames int, err error) {
	channels := w.format.Channels
	want := len(p) / channels
	if want == 0 && w.err == nil {
		return 0, fmt.Errorf("read: a buffer of %d samples holds no frame of %d channels", len(p), channels)
	}
	for frames < want && w.err == nil {
		n := w.fill(want - frames)
		w.replaced += decode(p[frames*channels:], w.raw[:n*w.format.frameBytes()], w.format.Encoding)
		frames += n
	}
	if frames > 0 {
		return frames, nil
	}
	return 0, w.err
}

// fill reads up to want frames into w.raw, sets w.err at the end, and returns
// how many frames there are.
func (w *WAVReader) fill(want int) int {
	size := w.format.frameBytes()
	n := min(want, len(w.raw)/size)
	if w.promised >= 0 {
		n = int(min(int64(n), w.promised-w.read))
		if n == 0 {
			w.err = io.EOF
			return 0
		}
	}
	got, err := io.ReadFull(w.r, w.raw[:n*size])
	n = got / size // a torn frame at the end is of no use
	w.read += int64(n)
	switch {
	case err == nil:
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		w.err = fmt.Errorf("read samples: %w", err)
	case w.promised < 0:
		w.err = io.EOF
	default:
		w.err = fmt.Errorf("%w: its header promises %d frames (%.2f s), %d (%.2f s) are there", ErrTruncated,
			w.promised, w.seconds(w.promised), w.read, w.seconds(w.read))
	}
	return n
}

func (w *WAVReader) seconds(frames int64) float64 { return float64(frames) / float64(w.format.Rate) }

// Close closes the file if OpenWAV opened it.
func (w *WAVReader) Close() error {
	if w.closer == nil {
		return nil
	}
	return w.closer.Close()
}
