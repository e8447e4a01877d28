package audioio

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// RecordingReader reads a recording of any format.
type RecordingReader interface {
	SampleReader
	io.Closer

	// Format returns the WAV format that loses nothing of it.
	Format() WAVFormat

	// Replaced returns how many samples so far were no numbers.
	Replaced() int64
}

// RecordingWriter writes a recording of any format.
type RecordingWriter interface {
	SampleWriter

	// Clipped returns how many samples so far were cut to full scale.
	Clipped() int64
}

var (
	_ RecordingReader = (*WAVReader)(nil)
	_ RecordingReader = (*FLACReader)(nil)
	_ RecordingWriter = (*WAVWriter)(nil)
	_ RecordingWriter = (*FLACWriter)(nil)
)

// OpenRecording opens a WAV or FLAC file for reading; its first bytes decide
// which it is, not its name.
func OpenRecording(path string) (RecordingReader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err // names the operation and the path already
	}
	head := make([]byte, 4)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, errors.Join(err, f.Close())
	}
	if string(head[:n]) != "fLaC" {
		if err := f.Close(); err != nil {
			return nil, err
		}
		return OpenWAV(path)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	r, err := NewFLACReader(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), f.Close())
	}
	r.closer = f
	return r, nil
}

// NewRecordingReader is OpenRecording for a stream; Close does not close r.
func NewRecordingReader(r io.Reader) (RecordingReader, error) {
	b := bufio.NewReaderSize(r, 32<<10)
	if head, _ := b.Peek(4); string(head) == "fLaC" {
		return NewFLACReader(b)
	}
	return NewWAVReader(b)
}

// NewRecordingWriter writes FLAC if the name ends in .flac, else WAV of the
// format f. Close does not close w.
func NewRecordingWriter(w io.Writer, name string, f WAVFormat) (RecordingWriter, error) {
	if strings.EqualFold(filepath.Ext(name), ".flac") {
		return NewFLACWriter(w, f)
	}
	return NewWAVWriter(w, f)
}
