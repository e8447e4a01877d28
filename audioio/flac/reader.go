// Package flac reads and writes FLAC files of up to 32 and 24 bits, with the metadata
// blocks before the samples.
package flac

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/mewkiz/flac"
	"github.com/mewkiz/flac/frame"

	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
)

// Reader reads the samples of a FLAC file from front to back, in constant
// memory, from anything that can be read, a pipe included. Every frame is held
// against its checksum.
type Reader struct {
	stream *flac.Stream

	frame *frame.Frame
	at    int   // samples of frame delivered
	read  int64 // frames delivered, in the sense of one sample of every channel
	meta  metadata.Metadata
	err   error
}

// NewReader reads the header from r and returns a reader that stands before
// the first sample. It may read ahead; Close does not close r.
func NewReader(r io.Reader) (_ *Reader, err error) {
	b := bufio.NewReaderSize(r, 32<<10)
	head, err := b.Peek(4)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, pcm.WrapDecodeError("the header", err)
	case len(head) == 0:
		return nil, pcm.ErrEmptyFile
	case string(head) != "fLaC":
		return nil, fmt.Errorf("%w: it is not FLAC", pcm.ErrDamaged)
	}
	f := &Reader{}
	// Only reading is wanted of b: the library would close and seek more.
	in, err := f.takeMetadata(b)
	if err != nil {
		return nil, pcm.WrapDecodeError("the header", err)
	}
	err = pcm.Guard(func() error { f.stream, err = flac.New(struct{ io.Reader }{in}); return err })
	if err != nil {
		return nil, pcm.WrapDecodeError("the header", err)
	}
	if i := f.stream.Info; i.SampleRate == 0 || i.NChannels == 0 || i.BitsPerSample < 4 || i.BitsPerSample > 32 {
		return nil, fmt.Errorf("%w: its header says %d Hz, %d channels, %d bits", pcm.ErrDamaged, i.SampleRate, i.NChannels,
			i.BitsPerSample)
	}
	return f, nil
}

// takeMetadata reads the blocks before the first frame and returns the stream
// without them, as the library would throw them away. Every block begins with
// its type and length, of 8 and 24 bits; the type's upper bit marks the last.
func (f *Reader) takeMetadata(b *bufio.Reader) (io.Reader, error) {
	head := make([]byte, 4+4+34) // signature and STREAMINFO
	if _, err := io.ReadFull(b, head); err != nil {
		return nil, err
	}
	kept := 0
	for last := head[4]&0x80 != 0; !last; {
		var h [4]byte
		if _, err := io.ReadFull(b, h[:]); err != nil {
			return nil, err
		}
		last = h[0]&0x80 != 0
		kind, size := h[0]&0x7F, int(h[1])<<16|int(h[2])<<8|int(h[3])
		keep := kind == metadata.BlockApplication || kind == metadata.BlockComments || kind == metadata.BlockCueSheet ||
			kind == metadata.BlockPicture
		if kept += size; !keep || kept > metadata.MaxBytes {
			if _, err := io.CopyN(io.Discard, b, int64(size)); err != nil {
				return nil, err
			}
			continue
		}
		data, err := metadata.ReadGrowing(b, int64(size))
		if err != nil {
			return nil, err
		}
		f.meta.Blocks = append(f.meta.Blocks, metadata.FLACBlock{Type: kind, Data: data})
		if kind == metadata.BlockComments {
			f.meta.Tags = append(f.meta.Tags, metadata.ParseComments(data)...)
		}
	}
	head[4] |= 0x80
	return io.MultiReader(bytes.NewReader(head), b), nil
}

// Metadata returns what lies before the samples.
func (f *Reader) Metadata() metadata.Metadata { return f.meta }

// Rate returns the frames per second.
func (f *Reader) Rate() int { return int(f.stream.Info.SampleRate) }

// Channels returns the number of samples per frame.
func (f *Reader) Channels() int { return int(f.stream.Info.NChannels) }

// Frames returns the number of frames the header promises, -1 if it does not
// say.
func (f *Reader) Frames() int64 {
	if n := f.stream.Info.NSamples; n > 0 {
		return int64(n)
	}
	return -1
}

// Exact reports whether the header says a number of frames.
func (f *Reader) Exact() bool { return f.Frames() >= 0 }

// Format returns the WAV format that holds the samples as they are.
func (f *Reader) Format() pcm.Format {
	e := pcm.Int32
	switch bits := f.stream.Info.BitsPerSample; {
	case bits <= 16:
		e = pcm.Int16
	case bits <= 24:
		e = pcm.Int24
	}
	return pcm.Format{Rate: f.Rate(), Channels: f.Channels(), Encoding: e}
}

// Replaced returns 0: integers are always numbers.
func (f *Reader) Replaced() int64 { return 0 }

// Read fills p as pcm.Reader says.
func (f *Reader) Read(p []float32) (frames int, err error) {
	channels := f.Channels()
	if len(p) < channels {
		return 0, fmt.Errorf("read: a buffer of %d samples holds no frame of %d channels", len(p), channels)
	}
	for frames < len(p)/channels {
		if (f.frame == nil || f.at == int(f.frame.BlockSize) || f.read == f.Frames()) && !f.next() {
			break
		}
		frames += f.take(p[frames*channels:])
	}
	if frames > 0 {
		return frames, nil
	}
	return 0, f.err
}

// take copies what the decoded frame has and p takes.
func (f *Reader) take(p []float32) int {
	channels := f.Channels()
	n := min(len(p)/channels, int(f.frame.BlockSize)-f.at)
	if total := f.Frames(); total >= 0 {
		n = int(min(int64(n), total-f.read))
	}
	scale := 1 / float64(int64(1)<<(f.stream.Info.BitsPerSample-1))
	for c, s := range f.frame.Subframes {
		for i, v := range s.Samples[f.at : f.at+n] {
			p[i*channels+c] = float32(float64(v) * scale)
		}
	}
	f.at += n
	f.read += int64(n)
	return n
}

// next decodes a frame. At the end it sets err and returns false.
func (f *Reader) next() bool {
	if f.err != nil {
		return false
	}
	total := f.Frames()
	if total >= 0 && f.read >= total {
		f.err = io.EOF // tags of other formats may follow
		return false
	}
	var next *frame.Frame // the library returns half of a frame with an error, too
	err := pcm.Guard(func() (err error) { next, err = f.stream.ParseNext(); return err })
	switch {
	case err == nil:
		if f.err = f.check(next); f.err == nil {
			f.frame, f.at = next, 0
		}
	case errors.Is(err, io.EOF) && total < 0:
		f.err = io.EOF
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		f.err = fmt.Errorf("%w: %d (%.2f s) of its samples are there", pcm.ErrTruncated, f.read, f.seconds(f.read))
		if total >= 0 {
			f.err = fmt.Errorf("%w: its header promises %d frames (%.2f s), %d (%.2f s) are there", pcm.ErrTruncated,
				total, f.seconds(total), f.read, f.seconds(f.read))
		}
	default:
		f.err = pcm.WrapDecodeError(fmt.Sprintf("what comes after %.2f s", f.seconds(f.read)), err)
	}
	return f.err == nil
}

// check refuses a frame that is not of its stream. The format allows a frame of
// another rate, channel count or width: RFC 9639, 9.1; what such a recording is to
// become nobody can say.
func (f *Reader) check(next *frame.Frame) error {
	info, at := f.stream.Info, f.seconds(f.read)
	switch {
	case len(next.Subframes) != f.Channels():
		return fmt.Errorf("%w: after %.2f s it has %d channels, not %d", pcm.ErrDamaged, at, len(next.Subframes), f.Channels())
	case next.SampleRate != 0 && next.SampleRate != info.SampleRate:
		return fmt.Errorf("%w: after %.2f s its rate is %d Hz, not %d", pcm.ErrDamaged, at, next.SampleRate, info.SampleRate)
	case next.BitsPerSample != 0 && next.BitsPerSample != info.BitsPerSample:
		return fmt.Errorf("%w: after %.2f s it has %d bits, not %d", pcm.ErrDamaged, at, next.BitsPerSample, info.BitsPerSample)
	}
	for _, s := range next.Subframes {
		if len(s.Samples) != int(next.BlockSize) {
			return fmt.Errorf("%w: a frame after %.2f s is not complete", pcm.ErrDamaged, at)
		}
	}
	return nil
}

func (f *Reader) seconds(frames int64) float64 { return float64(frames) / float64(f.Rate()) }

// Close frees nothing: the file belongs to its opener.
func (f *Reader) Close() error { return nil }
