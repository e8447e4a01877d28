// Package decode makes a reader of samples of a decoder that delivers them in pieces of
// its own size.
package decode

import (
	"errors"
	"fmt"
	"io"

	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
)

// Stream is what a decoder gives that delivers samples in pieces of its own
// size.
type Stream struct {
	Format   pcm.Format
	Frames   int64 // in all, -1 if unknown
	Exact    bool  // fewer than Frames is an error, more is cut off
	Skip     int64 // frames at the beginning to be dropped
	Metadata metadata.Metadata

	// Next returns the next piece, interleaved, valid until the next call. At the
	// end it returns io.EOF, or an error that is ErrTruncated.
	Next func() ([]float32, error)
}

// Reader reads the samples of a Stream.
type Reader struct {
	from     Stream
	read     int64
	replaced int64
	buf      []float32 // of the last piece, not delivered
	err      error
}

// NewReader returns a reader that stands before the first sample of s.
func NewReader(s Stream) *Reader { return &Reader{from: s} }

// Rate returns the frames per second.
func (d *Reader) Rate() int { return d.from.Format.Rate }

// Channels returns the number of samples per frame.
func (d *Reader) Channels() int { return d.from.Format.Channels }

// Frames returns the number of frames in the whole recording, -1 if unknown.
func (d *Reader) Frames() int64 { return d.from.Frames }

// Exact reports whether Frames is no estimate.
func (d *Reader) Exact() bool { return d.from.Exact && d.from.Frames >= 0 }

// Format returns the format that loses nothing of the samples.
func (d *Reader) Format() pcm.Format { return d.from.Format }

// Replaced returns how many samples so far were not finite and were read as silence.
func (d *Reader) Replaced() int64 { return d.replaced }

// Metadata returns what the recording carries beside its samples.
func (d *Reader) Metadata() metadata.Metadata { return d.from.Metadata }

// Close frees nothing: the file belongs to its opener.
func (d *Reader) Close() error { return nil }

// Read fills p as pcm.Reader says.
func (d *Reader) Read(p []float32) (frames int, err error) {
	channels := d.Channels()
	if len(p) < channels {
		return 0, fmt.Errorf("read: a buffer of %d samples holds no frame of %d channels", len(p), channels)
	}
	want := len(p) / channels
	if d.Exact() {
		want = int(min(int64(want), d.from.Frames-d.read))
	}
	for frames < want && d.fill() {
		n := copy(p[frames*channels:want*channels], d.buf) / channels
		d.buf = d.buf[n*channels:]
		frames += n
		d.read += int64(n)
	}
	if frames > 0 {
		d.replaced += pcm.SilenceNonFinite(p[:frames*channels])
		return frames, nil
	}
	return 0, d.end()
}

// fill gets the next piece unless there is something left of the last.
func (d *Reader) fill() bool {
	for len(d.buf) == 0 && d.err == nil {
		var piece []float32
		d.err = pcm.Guard(func() (err error) { piece, err = d.from.Next(); return err })
		drop := min(d.from.Skip, int64(len(piece)/d.Channels()))
		d.from.Skip -= drop
		d.buf = piece[int(drop)*d.Channels():]
	}
	return len(d.buf) > 0
}

// end is the error after the last sample.
func (d *Reader) end() error {
	switch {
	case d.Exact() && d.read >= d.from.Frames:
		return io.EOF
	case d.Exact() && errors.Is(d.err, io.EOF):
		return fmt.Errorf("%w: it should have %d frames (%.2f s), %d (%.2f s) are there", pcm.ErrTruncated,
			d.from.Frames, d.seconds(d.from.Frames), d.read, d.seconds(d.read))
	case errors.Is(d.err, io.EOF), errors.Is(d.err, pcm.ErrTruncated):
		return d.err
	}
	return pcm.WrapDecodeError(fmt.Sprintf("what comes after %.2f s", d.seconds(d.read)), d.err)
}

func (d *Reader) seconds(frames int64) float64 { return float64(frames) / float64(d.Rate()) }
