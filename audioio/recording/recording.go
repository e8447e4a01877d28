// Package recording cleans, reads and writes recordings as they are, at any rate and with any
// number of channels. It is the one package that knows all formats: WAV, FLAC, MP3, Ogg
// Vorbis and Opus, and what else ffmpeg knows where that is installed.
//
// [Clean] removes the noise from a file, and [Cleaner] from a stream at 44.1 kHz or any other rate.
// Who has hops of 10 ms at 48 kHz needs neither: see package model.
//
// [Open] decides by a file's first bytes what it is, [NewWriter] by the ending of its name.
package recording

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/stillmic/stillmic/audioio/decode"
	"github.com/stillmic/stillmic/audioio/ffmpeg"
	"github.com/stillmic/stillmic/audioio/flac"
	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/mp3"
	"github.com/stillmic/stillmic/audioio/ogg"
	"github.com/stillmic/stillmic/audioio/pcm"
	"github.com/stillmic/stillmic/audioio/wav"
)

// ErrNotRecording: a file that is no recording of any format; the message says what it is.
var ErrNotRecording = errors.New("it is not a recording")

// Reader reads a recording of any format.
type Reader interface {
	pcm.Reader
	io.Closer

	// Exact reports whether Frames is known to be the number of frames that will be read,
	// unless the recording is truncated; else it may be an estimate.
	Exact() bool

	// Format returns the WAV format that loses nothing of it.
	Format() pcm.Format

	// Replaced returns how many samples so far were no numbers.
	Replaced() int64

	// Metadata returns what the recording carries beside its samples.
	Metadata() metadata.Metadata
}

// Writer writes a recording of any format.
type Writer interface {
	pcm.Writer

	// Clipped returns how many samples so far were cut to full scale.
	Clipped() int64
}

// HelperTime returns the processor time of other programs that have worked for a Reader or a
// Writer and have ended: ffmpeg, for the formats that need it.
func HelperTime(x any) time.Duration {
	if h, ok := x.(interface{ HelperTime() time.Duration }); ok {
		return h.HelperTime()
	}
	return 0
}

// Aborter is a Writer with more to give up than the file it writes to.
type Aborter interface {
	// Abort ends writing without a complete file; after Close it does nothing.
	Abort()
}

var (
	_ Reader  = (*wav.Reader)(nil)
	_ Reader  = (*flac.Reader)(nil)
	_ Reader  = (*decode.Reader)(nil)
	_ Reader  = (*ffmpeg.Reader)(nil)
	_ Writer  = (*wav.Writer)(nil)
	_ Writer  = (*flac.Writer)(nil)
	_ Writer  = (*ffmpeg.Writer)(nil)
	_ Aborter = (*ffmpeg.Writer)(nil)
)

// Open opens a file for reading: WAV, FLAC, MP3, Ogg Vorbis and Opus by
// itself, and whatever else ffmpeg knows where that is installed.
func Open(path string) (Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err // names the operation and the path already
	}
	head := make([]byte, sniffBytes)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, errors.Join(err, f.Close())
	}
	head = head[:n]
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		// A pipe with a name: what was read has to be read again.
		r, err := NewReader(io.MultiReader(bytes.NewReader(head), f))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), f.Close())
		}
		return &withFile{Reader: r, file: f}, nil
	}
	r, err := openFile(f, path, head)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), f.Close())
	}
	return &withFile{Reader: r, file: f, path: path, trailer: trailer(f, head)}, nil
}

// trailer returns the tags behind the sound of an MP3.
func trailer(f *os.File, head []byte) [][2]string {
	st, err := f.Stat()
	if err != nil || sniff(head) != kindMP3 {
		return nil
	}
	return metadata.ParseTrailer(metadata.Trailer(f, st.Size()))
}

// openFile reads the header of a file.
func openFile(f *os.File, path string, head []byte) (Reader, error) {
	k := sniff(head)
	if k == kindForeign {
		return ffmpeg.Open(path, head, false)
	}
	if r, err := openChain(f, k); err == nil && r != nil {
		return r, nil // else it is read as if there were one stream, which says what is wrong
	}
	r, err := newReader(f, k)
	if !errors.Is(err, pcm.ErrBadFormat) && !errors.Is(err, pcm.ErrUnsupported) &&
		!((k == kindMP3 || k == kindVorbis) && errors.Is(err, pcm.ErrDamaged)) {
		return r, err
	}
	// ffmpeg knows more kinds of WAV, Opus, MP3 and Vorbis, such as that of six channels; if not, our word is clearer.
	other, foreign := ffmpeg.Open(path, head, false)
	switch {
	case foreign == nil:
		return other, nil
	case errors.Is(err, pcm.ErrUnsupported) && errors.Is(foreign, ffmpeg.ErrNotInstalled):
		return nil, fmt.Errorf("%w, and %w: install it, or convert the file to WAV or FLAC", err, ffmpeg.ErrNotInstalled)
	}
	return nil, err
}

// openChain opens an Ogg file of several streams, one after the other; it returns nil for
// another.
func openChain(f *os.File, k kind) (Reader, error) {
	var open func(io.Reader) (*decode.Reader, error)
	switch k {
	case kindVorbis:
		open = ogg.NewVorbisReader
	case kindOpus:
		open = ogg.NewOpusReader
	default:
		return nil, nil
	}
	starts := ogg.Streams(f)
	if len(starts) < 2 {
		return nil, nil
	}
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return ogg.NewChainReader(f, st.Size(), starts, open)
}

// OpenDamaged opens a file with ErrDamaged through ffmpeg, which goes on behind the
// damage. What cannot be decoded is silent; after the last sample comes
// ErrTruncated in any case.
func OpenDamaged(path string) (Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := ffmpeg.Open(path, nil, true)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &withFile{Reader: r, file: f, path: path}, nil
}

// OpenTrack opens the n-th sound track of a file, counted from 0, of those that
// [metadata.Metadata] counts; damaged is as with OpenDamaged.
func OpenTrack(path string, n int, damaged bool) (Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := ffmpeg.OpenTrack(path, n, nil, damaged)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read sound track %d of %s: %w", n+1, path, err), f.Close())
	}
	return &withFile{Reader: r, file: f, path: path}, nil
}

// HoldsTracks reports whether a file of this name can hold more than one sound track.
func HoldsTracks(name string) bool { return ffmpeg.HoldsTracks(filepath.Ext(name)) }

// newReader reads a header of a known kind.
func newReader(r io.Reader, k kind) (Reader, error) {
	switch k {
	case kindFLAC:
		return flac.NewReader(r)
	case kindMP3:
		return mp3.NewReader(r)
	case kindVorbis:
		return ogg.NewVorbisReader(r)
	case kindOpus:
		return ogg.NewOpusReader(r)
	case kindNone:
		b, _ := io.ReadAll(io.LimitReader(r, sniffBytes)) // as much as there is
		return nil, fmt.Errorf("%w: %s", ErrNotRecording, pcm.Describe(b))
	case kindForeign:
		b := make([]byte, sniffBytes)
		n, err := io.ReadFull(r, b)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("read the header: %w", err)
		}
		return nil, fmt.Errorf("%w: %s; through a pipe WAV, FLAC, MP3 and Ogg can be read", pcm.ErrUnsupported,
			pcm.Describe(b[:n]))
	}
	if f, ok := r.(*os.File); ok {
		return wav.NewFileReader(f)
	}
	return wav.NewReader(r)
}

// NewReader is Open for a stream; Close does not close r.
func NewReader(r io.Reader) (Reader, error) {
	b := bufio.NewReaderSize(r, 32<<10)
	head, err := b.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the header: %w", err)
	}
	k := sniff(head)
	from, err := newReader(b, k)
	if k != kindForeign && errors.Is(err, pcm.ErrUnsupported) {
		return nil, fmt.Errorf("%w; only from a file can it be read, by ffmpeg", err) // from its beginning again
	}
	return from, err
}

// withFile is a reader whose file is closed with it.
type withFile struct {
	Reader
	file io.Closer
	path string

	trailer [][2]string // tags behind the sound, which count where there are none before it
}

// Close closes reader and file.
func (w *withFile) Close() error { return errors.Join(w.Reader.Close(), w.file.Close()) }

// HelperTime is that of the reader.
func (w *withFile) HelperTime() time.Duration { return HelperTime(w.Reader) }

// Metadata adds where it comes from.
func (w *withFile) Metadata() metadata.Metadata {
	m := w.Reader.Metadata()
	m.Path = w.path
	if len(m.Tags) == 0 {
		m.Tags = w.trailer
	}
	return m
}

// NewWriter writes to out, which will at last have a name: WAV of the
// format f if that has no or a WAV file's ending, FLAC if it ends in .flac, and
// through ffmpeg what else is in Extensions. Of m only what does not tell how loud other
// samples are goes along. Close does not close out, but completes it.
func NewWriter(out *os.File, name string, f pcm.Format, m metadata.Metadata) (Writer, error) {
	m = m.ForNewSamples()
	switch ext := strings.ToLower(filepath.Ext(name)); ext {
	case "", ".wav", ".wave", ".rf64", ".bwf":
		return wav.NewWriter(out, f, m)
	case ".flac":
		m, left, err := ffmpeg.WithCovers(m)
		if err != nil {
			return nil, err
		}
		w, err := flac.NewWriter(out, f, m)
		if err != nil {
			return nil, err
		}
		return flacWriter{w, left}, nil
	default:
		if !slices.Contains(Extensions, ext) {
			return nil, fmt.Errorf("%w: no recording's name ends in %q; use .wav, .flac, .mp3, .ogg, .opus, .m4a, .mp4, .mkv or the like",
				pcm.ErrUnsupported, ext)
		}
		return ffmpeg.NewWriter(out.Name(), ext, f, m)
	}
}
