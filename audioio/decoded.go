package audioio

import (
	"errors"
	"fmt"
	"io"
)

// decodedStream is what a decoder gives that delivers samples in pieces of its own
// size.
type decodedStream struct {
	Format   WAVFormat
	Frames   int64 // in all, -1 if unknown
	Exact    bool  // fewer than Frames is an error, more is cut off
	Skip     int64 // frames at the beginning to be dropped
	Metadata Metadata

	// Next returns the next piece, interleaved, valid until the next call. At the
	// end it returns io.EOF, or an error that is ErrTruncated.
	Next func() ([]float32, error)
}

// decoded reads the samples of a decodedStream.
type decoded struct {
	from     decodedStream
	read     int64
	replaced int64
	buf      []float32 // of the last piece, not delivered
	err      error
}

// newDecoded returns a reader that stands before the first sample of s.
func newDecoded(s decodedStream) *decoded { return &decoded{from: s} }

// Rate returns the frames per second.
func (d *decoded) Rate() int { return d.from.Format.Rate }

// Channels returns the number of samples per frame.
func (d *decoded) Channels() int { return d.from.Format.Channels }

// Frames returns the number of frames in the whole recording, -1 if unknown.
func (d *decoded) Frames() int64 { return d.from.Frames }

// Format returns the format that loses nothing of the samples.
func (d *decoded) Format() WAVFormat { return d.from.Format }

// Replaced returns how many samples so far were not finite and were read as silence.
func (d *decoded) Replaced() int64 { return d.replaced }

// Metadata returns what the recording carries beside its samples.
func (d *decoded) Metadata() Metadata { return d.from.Metadata }

// Close frees nothing: the file belongs to its opener.
func (d *decoded) Close() error { return nil }

// Read fills p as SampleReader says.
func (d *decoded) Read(p []float32) (frames int, err error) {
	channels := d.Channels()
	if len(p) < channels {
		return 0, fmt.Errorf("read: a buffer of %d samples holds no frame of %d channels", len(p), channels)
	}
	want := len(p) / channels
	if d.bounded() {
		want = int(min(int64(want), d.from.Frames-d.read))
	}
	for frames < want && d.fill() {
		n := copy(p[frames*channels:want*channels], d.buf) / channels
		d.buf = d.buf[n*channels:]
		frames += n
		d.read += int64(n)
	}
	if frames > 0 {
		d.replaced += silenceNonFinite(p[:frames*channels])
		return frames, nil
	}
	return 0, d.end()
}

// bounded reports whether the number of frames is known for certain.
func (d *decoded) bounded() bool { return d.from.Exact && d.from.Frames >= 0 }

// fill gets the next piece unless there is something left of the last.
func (d *decoded) fill() bool {
	for len(d.buf) == 0 && d.err == nil {
		var piece []float32
		d.err = guarded(func() (err error) { piece, err = d.from.Next(); return err })
		drop := min(d.from.Skip, int64(len(piece)/d.Channels()))
		d.from.Skip -= drop
		d.buf = piece[int(drop)*d.Channels():]
	}
	return len(d.buf) > 0
}

// end is the error after the last sample.
func (d *decoded) end() error {
	switch {
	case d.bounded() && d.read >= d.from.Frames:
		return io.EOF
	case d.bounded() && errors.Is(d.err, io.EOF):
		return fmt.Errorf("%w: it should have %d frames (%.2f s), %d (%.2f s) are there", ErrTruncated,
			d.from.Frames, d.seconds(d.from.Frames), d.read, d.seconds(d.read))
	case errors.Is(d.err, io.EOF), errors.Is(d.err, ErrTruncated):
		return d.err
	}
	return decodeError(fmt.Sprintf("what comes after %.2f s", d.seconds(d.read)), d.err)
}

func (d *decoded) seconds(frames int64) float64 { return float64(frames) / float64(d.Rate()) }
