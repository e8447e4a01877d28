package audioio

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/stillmic/stillmic/audioio/decode"
	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
)

// RecordingReader reads a recording of any format.
type RecordingReader interface {
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

// RecordingWriter writes a recording of any format.
type RecordingWriter interface {
	pcm.Writer

	// Clipped returns how many samples so far were cut to full scale.
	Clipped() int64
}

var (
	_ RecordingReader = (*WAVReader)(nil)
	_ RecordingReader = (*FLACReader)(nil)
	_ RecordingReader = (*decode.Reader)(nil)
	_ RecordingReader = (*ffmpegReader)(nil)
	_ RecordingWriter = (*WAVWriter)(nil)
	_ RecordingWriter = (*FLACWriter)(nil)
	_ RecordingWriter = (*ffmpegWriter)(nil)
)

// kind is a format that is read without help.
type kind int

const (
	kindWAV kind = iota // and all that is no recording, which its reader tells
	kindFLAC
	kindMP3
	kindVorbis
	kindOpus
	kindForeign // for ffmpeg
)

// sniff decides from a file's first bytes, not its name, what it is.
func sniff(b []byte) kind {
	at := func(i int, s string) bool { return len(b) >= i+len(s) && string(b[i:i+len(s)]) == s }
	_, mp3 := parseMP3Frame(b)
	switch {
	case at(0, "fLaC"):
		return kindFLAC
	case oggCodec(b) == "vorbis":
		return kindVorbis
	case oggCodec(b) == "opus":
		return kindOpus
	case mp3, at(0, "ID3"):
		return kindMP3
	case isWAV(b), len(b) < 12, pcm.IsText(b):
		return kindWAV
	}
	return kindForeign
}

// sniffBytes are enough to know every format.
const sniffBytes = 512

// OpenInput opens a recording, or reads one from the standard input if path is "-".
func OpenInput(path string) (RecordingReader, error) {
	if path != "-" {
		return OpenRecording(path)
	}
	r, err := NewRecordingReader(bufio.NewReaderSize(os.Stdin, 64<<10))
	if err != nil {
		return nil, fmt.Errorf("read the standard input: %w", err)
	}
	return r, nil
}

// OpenRecording opens a file for reading: WAV, FLAC, MP3, Ogg Vorbis and Opus by
// itself, and whatever else ffmpeg knows where that is installed.
func OpenRecording(path string) (RecordingReader, error) {
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
		r, err := newRecordingReader(io.MultiReader(strings.NewReader(string(head)), f), sniff(head))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), f.Close())
		}
		return &withFile{r, f, ""}, nil
	}
	r, err := openFile(f, path, head)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), f.Close())
	}
	return &withFile{r, f, path}, nil
}

// openFile reads the header of a file.
func openFile(f *os.File, path string, head []byte) (RecordingReader, error) {
	k := sniff(head)
	if k == kindForeign {
		return openFFmpeg(path, head, false)
	}
	r, err := newRecordingReader(f, k)
	if !errors.Is(err, pcm.ErrBadFormat) && !errors.Is(err, pcm.ErrUnsupported) && !(k == kindMP3 && errors.Is(err, pcm.ErrDamaged)) {
		return r, err
	}
	// ffmpeg knows more kinds of WAV, Opus and MP3; if not, our word is clearer.
	if other, foreign := openFFmpeg(path, head, false); foreign == nil {
		return other, nil
	}
	return nil, err
}

// OpenDamaged opens a file with ErrDamaged through ffmpeg, which goes on behind the
// damage. What cannot be decoded is silent; after the last sample comes
// ErrTruncated in any case.
func OpenDamaged(path string) (RecordingReader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := openFFmpeg(path, nil, true)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &withFile{r, f, path}, nil
}

// newRecordingReader reads a header of a known kind.
func newRecordingReader(r io.Reader, k kind) (RecordingReader, error) {
	switch k {
	case kindFLAC:
		return NewFLACReader(r)
	case kindMP3:
		return NewMP3Reader(r)
	case kindVorbis:
		return NewVorbisReader(r)
	case kindOpus:
		return NewOpusReader(r)
	case kindForeign:
		b := make([]byte, sniffBytes)
		n, err := io.ReadFull(r, b)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("read the header: %w", err)
		}
		return nil, fmt.Errorf("%w: %s; through a pipe WAV, FLAC, MP3 and Ogg can be read", pcm.ErrUnsupported, pcm.Describe(b[:n]))
	}
	if f, ok := r.(*os.File); ok {
		return NewWAVFileReader(f)
	}
	return NewWAVReader(r)
}

// NewRecordingReader is OpenRecording for a stream; Close does not close r.
func NewRecordingReader(r io.Reader) (RecordingReader, error) {
	b := bufio.NewReaderSize(r, 32<<10)
	head, err := b.Peek(sniffBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the header: %w", err)
	}
	return newRecordingReader(b, sniff(head))
}

// withFile is a reader whose file is closed with it.
type withFile struct {
	RecordingReader
	file *os.File
	path string
}

// Close closes reader and file.
func (w *withFile) Close() error { return errors.Join(w.RecordingReader.Close(), w.file.Close()) }

// Metadata adds where it comes from.
func (w *withFile) Metadata() metadata.Metadata {
	m := w.RecordingReader.Metadata()
	m.Path = w.path
	return m
}

// Extensions are the names' ends of files that are taken for recordings in a
// folder. Those up to ".flac" are written without ffmpeg.
var Extensions = []string{".wav", ".wave", ".rf64", ".bwf", ".flac",
	".mp3", ".ogg", ".oga", ".opus", ".m4a", ".m4b", ".aac", ".wma", ".aif", ".aiff", ".caf", ".ac3", ".au", ".w64", ".mka",
	".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mts", ".m2ts", ".wmv", ".3gp", ".flv"}

// NewRecordingWriter writes to out, which will at last have a name: WAV of the
// format f if that has no or a WAV file's ending, FLAC if it ends in .flac, and
// through ffmpeg what else is in Extensions. Close does not close out, but
// completes it.
func NewRecordingWriter(out *os.File, name string, f pcm.Format, m metadata.Metadata) (RecordingWriter, error) {
	switch ext := strings.ToLower(filepath.Ext(name)); ext {
	case "", ".wav", ".wave", ".rf64", ".bwf":
		return NewWAVWriter(out, f, m)
	case ".flac":
		return NewFLACWriter(out, f, m)
	default:
		return newFFmpegWriter(out.Name(), ext, f, m)
	}
}
