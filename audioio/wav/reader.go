// Package wav reads and writes WAV files: RIFF, RF64 and BW64, PCM and floating-point
// samples, with the chunks beside them.
package wav

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
)

// Reader reads the samples of a WAV file from front to back, in constant
// memory, from anything that can be read, a pipe included.
//
// It understands RIFF, RF64 and BW64, plain and extensible headers, PCM of 8,
// 16, 24 and 32 bits, float of 32 and 64 bits, any rate and up to 256 channels.
// Other chunks are kept as Metadata; those behind the samples only of a file, as
// a pipe would have to be read to its end first.
type Reader struct {
	r      *bufio.Reader
	format pcm.Format
	offset int64 // of the first sample in the file

	promised int64 // frames, as the header says; -1 if it does not
	read     int64 // frames delivered
	replaced int64 // NaN and infinite samples
	meta     metadata.Metadata
	kept     int // bytes of metadata
	raw      []byte
	more     bool  // a second chunk of samples follows
	err      error // io.EOF or ErrTruncated, once at the end
}

// NewFileReader is NewReader for a file, which may know more than its header.
func NewFileReader(f *os.File) (*Reader, error) {
	r, err := NewReader(f)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	switch {
	case err != nil || !st.Mode().IsRegular():
	case r.promised < 0:
		// The samples end with the file, so their number is known after all.
		r.promised = max(st.Size()-r.offset, 0) / int64(r.format.FrameBytes())
	default:
		r.readTail(f, st.Size())
	}
	return r, nil
}

// NewReader reads the header from r and returns a reader that stands before
// the first sample. It may read ahead; Close does not close r.
func NewReader(r io.Reader) (*Reader, error) {
	w := &Reader{r: bufio.NewReaderSize(r, 32<<10)}
	if err := w.readHeader(); err != nil {
		return nil, err
	}
	w.raw = make([]byte, pcm.BufferBytes-pcm.BufferBytes%w.format.FrameBytes())
	return w, nil
}

// Format returns what the header says.
func (w *Reader) Format() pcm.Format { return w.format }

// Metadata returns what the file carries beside its samples.
func (w *Reader) Metadata() metadata.Metadata { return w.meta }

// Rate returns the frames per second.
func (w *Reader) Rate() int { return w.format.Rate }

// Channels returns the number of samples per frame.
func (w *Reader) Channels() int { return w.format.Channels }

// Frames returns the number of frames the header promises, -1 if it does not
// say.
func (w *Reader) Frames() int64 { return w.promised }

// Exact reports whether the header says a number of frames.
func (w *Reader) Exact() bool { return w.promised >= 0 }

// Replaced returns how many samples so far were no numbers (NaN) or infinite
// and were read as silence.
func (w *Reader) Replaced() int64 { return w.replaced }

// Read fills p with whole frames, samples interleaved, full scale ±1, and
// returns how many frames it read. It returns fewer than fit only at the end:
// there, with the next call at the latest, 0 and io.EOF, or an error that is
// ErrTruncated and says how much is missing. p must hold at least one frame.
func (w *Reader) Read(p []float32) (frames int, err error) {
	channels := w.format.Channels
	want := len(p) / channels
	if want == 0 && w.err == nil {
		return 0, fmt.Errorf("read: a buffer of %d samples holds no frame of %d channels", len(p), channels)
	}
	for frames < want && w.err == nil {
		n := w.fill(want - frames)
		w.replaced += pcm.Decode(p[frames*channels:], w.raw[:n*w.format.FrameBytes()], w.format.Encoding)
		frames += n
	}
	if frames > 0 {
		return frames, nil
	}
	return 0, w.err
}

// fill reads up to want frames into w.raw, sets w.err at the end, and returns
// how many frames there are.
func (w *Reader) fill(want int) int {
	size := w.format.FrameBytes()
	n := min(want, len(w.raw)/size)
	if w.promised >= 0 {
		n = int(min(int64(n), w.promised-w.read))
		if n == 0 {
			w.err = io.EOF
			if w.more {
				w.err = fmt.Errorf("%w: a second chunk of samples follows the first", pcm.ErrDamaged)
			}
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
		w.err = fmt.Errorf("%w: its header promises %d frames (%.2f s), %d (%.2f s) are there", pcm.ErrTruncated,
			w.promised, w.seconds(w.promised), w.read, w.seconds(w.read))
	}
	return n
}

func (w *Reader) seconds(frames int64) float64 { return float64(frames) / float64(w.format.Rate) }

// Close frees nothing: the file belongs to its opener.
func (w *Reader) Close() error { return nil }
