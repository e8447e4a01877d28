package audioio

import (
	"errors"
	"fmt"
	"io"
)

// decoded is the common part of readers whose decoder gives samples in pieces of
// its own size.
type decoded struct {
	format   WAVFormat
	total    int64 // frames in all, -1 if unknown
	exact    bool  // fewer than total is an error, more is cut off
	skip     int64 // frames of the decoder still to be dropped
	read     int64
	replaced int64
	meta     Metadata
	closer   func() error

	// more returns the next piece, interleaved, valid until the next call. At the
	// end it returns io.EOF, or an error that is ErrTruncated.
	more func() ([]float32, error)
	buf  []float32 // of the last piece, not delivered
	err  error
}

func (d *decoded) Rate() int          { return d.format.Rate }
func (d *decoded) Channels() int      { return d.format.Channels }
func (d *decoded) Frames() int64      { return d.total }
func (d *decoded) Format() WAVFormat  { return d.format }
func (d *decoded) Replaced() int64    { return d.replaced }
func (d *decoded) Metadata() Metadata { return d.meta }

// Close frees what the reader holds.
func (d *decoded) Close() error {
	if d.closer == nil {
		return nil
	}
	f := d.closer
	d.closer = nil
	return f()
}

// Read fills p as SampleReader says.
func (d *decoded) Read(p []float32) (frames int, err error) {
	channels := d.format.Channels
	if len(p) < channels {
		return 0, fmt.Errorf("read: a buffer of %d samples holds no frame of %d channels", len(p), channels)
	}
	want := len(p) / channels
	if d.exact && d.total >= 0 {
		want = int(min(int64(want), d.total-d.read))
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

// fill gets the next piece unless there is something left of the last.
func (d *decoded) fill() bool {
	for len(d.buf) == 0 && d.err == nil {
		var piece []float32
		d.err = guarded(func() (err error) { piece, err = d.more(); return err })
		drop := min(d.skip, int64(len(piece)/d.format.Channels))
		d.skip -= drop
		d.buf = piece[int(drop)*d.format.Channels:]
	}
	return len(d.buf) > 0
}

// end is the error after the last sample.
func (d *decoded) end() error {
	switch {
	case d.exact && d.total >= 0 && d.read >= d.total:
		return io.EOF
	case d.exact && d.total >= 0 && errors.Is(d.err, io.EOF):
		return fmt.Errorf("%w: it should have %d frames (%.2f s), %d (%.2f s) are there", ErrTruncated,
			d.total, d.seconds(d.total), d.read, d.seconds(d.read))
	case errors.Is(d.err, io.EOF), errors.Is(d.err, ErrTruncated):
		return d.err
	}
	return decodeError(fmt.Sprintf("what comes after %.2f s", d.seconds(d.read)), d.err)
}

func (d *decoded) seconds(frames int64) float64 { return float64(frames) / float64(d.format.Rate) }
