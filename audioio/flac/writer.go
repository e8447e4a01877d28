package flac

import (
	"bufio"
	"bytes"
	"crypto/md5" //nolint:gosec // the format's checksum
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"slices"

	"github.com/mewkiz/flac"
	"github.com/mewkiz/flac/frame"
	"github.com/mewkiz/flac/meta"

	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
)

// blockFrames is the number of frames compressed together, the usual 4096.
const blockFrames = 4096

// maxChannels is the most the format has names for.
const maxChannels = 8

// Writer writes a FLAC file of 16 or 24 bits from front to back in constant
// memory. Into a file, Close returns to the header and sets the length and the
// checksum; into a pipe both stay unknown.
type Writer struct {
	out     *bufio.Writer
	seek    io.WriteSeeker // nil for a pipe
	start   int64
	enc     *flac.Encoder
	format  pcm.Format
	frame   frame.Frame
	sum     hash.Hash
	frames  int64
	clipped int64
	err     error
}

// NewWriter writes a header with the metadata m to w and returns a writer for the
// samples, which f describes: 16-bit PCM becomes 16 bits, 24-bit PCM and all that is
// finer 24. Close does not close w.
func NewWriter(w io.Writer, f pcm.Format, m metadata.Metadata) (*Writer, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	switch {
	case f.Channels > maxChannels:
		return nil, fmt.Errorf("%w: FLAC has 1 to %d channels, not %d; write WAV instead", pcm.ErrBadFormat, maxChannels,
			f.Channels)
	case f.Rate > 655350:
		return nil, fmt.Errorf("%w: FLAC has no rate of %d Hz; write WAV instead", pcm.ErrBadFormat, f.Rate)
	}
	bits := uint8(24)
	if f.Encoding == pcm.Int16 || f.Encoding == pcm.Uint8 {
		bits = 16
	}
	fw := &Writer{out: bufio.NewWriterSize(w, 64<<10), format: f, sum: md5.New()} //nolint:gosec // as above
	if s, ok := w.(io.WriteSeeker); ok {
		if at, err := s.Seek(0, io.SeekCurrent); err == nil {
			fw.seek, fw.start = s, at
		}
	}
	var err error
	var head bytes.Buffer
	to := &redirect{&head}
	fw.enc, err = flac.NewEncoder(to, &meta.StreamInfo{
		BlockSizeMin: blockFrames, BlockSizeMax: blockFrames,
		SampleRate: uint32(f.Rate), NChannels: uint8(f.Channels), BitsPerSample: bits,
	})
	if err != nil {
		return nil, fmt.Errorf("write the FLAC header: %w", err)
	}
	to.Writer = fw.out
	if _, err := fw.out.Write(appendBlocks(head.Bytes(), m.FLACBlocks())); err != nil {
		return nil, fmt.Errorf("write the FLAC header: %w", err)
	}
	fw.frame.Header = frame.Header{
		HasFixedBlockSize: true, SampleRate: uint32(f.Rate), Channels: frame.Channels(f.Channels - 1), BitsPerSample: bits,
	}
	for range f.Channels {
		fw.frame.Subframes = append(fw.frame.Subframes, &frame.Subframe{Samples: make([]int32, 0, blockFrames)})
	}
	return fw, nil
}

// redirect lets the library write its header where it can be completed.
type redirect struct{ io.Writer }

// appendBlocks adds metadata blocks to a header of signature and STREAMINFO.
func appendBlocks(head []byte, blocks []metadata.FLACBlock) []byte {
	blocks = slices.DeleteFunc(slices.Clone(blocks), func(b metadata.FLACBlock) bool { return len(b.Data) >= 1<<24 })
	if len(blocks) == 0 {
		return head
	}
	head[4] &^= 0x80 // not the last any more
	for i, b := range blocks {
		kind, n := b.Type, len(b.Data)
		if i == len(blocks)-1 {
			kind |= 0x80
		}
		head = append(head, kind, byte(n>>16), byte(n>>8), byte(n))
		head = append(head, b.Data...)
	}
	return head
}

// Rate returns the frames per second.
func (w *Writer) Rate() int { return w.format.Rate }

// Channels returns the number of samples per frame.
func (w *Writer) Channels() int { return w.format.Channels }

// Clipped returns how many samples so far were beyond full scale and were cut.
func (w *Writer) Clipped() int64 { return w.clipped }

// Write appends whole frames, samples interleaved, full scale ±1. What is not
// finite is written as silence.
func (w *Writer) Write(p []float32) error {
	if w.err != nil {
		return w.err
	}
	channels := w.format.Channels
	if len(p)%channels != 0 {
		return fmt.Errorf("write: %d samples are no whole frames of %d channels", len(p), channels)
	}
	full := float64(int64(1) << (w.frame.BitsPerSample - 1))
	for ; len(p) > 0 && w.err == nil; p = p[channels:] {
		for c, v := range p[:channels] {
			s := w.frame.Subframes[c]
			s.Samples = append(s.Samples, pcm.Integer(v, full, &w.clipped))
		}
		if len(w.frame.Subframes[0].Samples) == blockFrames {
			w.flush()
		}
	}
	return w.err
}

// flush compresses the block that has gathered.
func (w *Writer) flush() {
	n := len(w.frame.Subframes[0].Samples)
	if n == 0 || w.err != nil {
		return
	}
	w.frame.BlockSize = uint16(n)
	for _, s := range w.frame.Subframes {
		s.NSamples = n
		s.SubHeader = frame.SubHeader{Pred: frame.PredVerbatim} // the encoder looks for a better one
	}
	w.frame.Hash(w.sum)
	if err := w.enc.WriteFrame(&w.frame); err != nil {
		// The buffer keeps the disk's own words, the library hides them.
		if cause := w.out.Flush(); cause != nil {
			err = cause
		}
		w.err = fmt.Errorf("write samples: %w", err)
	}
	w.frames += int64(n)
	for _, s := range w.frame.Subframes {
		s.Samples = s.Samples[:0]
	}
}

// Close writes what is left and completes the header. An error means that the
// file is not complete. A second call returns what the first did.
func (w *Writer) Close() error {
	if errors.Is(w.err, os.ErrClosed) {
		return nil
	}
	w.flush()
	if w.err == nil {
		if err := w.out.Flush(); err != nil {
			w.err = fmt.Errorf("write samples: %w", err)
		} else if w.seek != nil {
			w.err = w.complete()
		}
	}
	if w.err != nil {
		return w.err
	}
	w.err = fmt.Errorf("write samples: %w", os.ErrClosed)
	return nil
}

// complete sets the length and the checksum. The library would set the size of
// the last block as the smallest one, which the format does not want.
func (w *Writer) complete() error {
	// STREAMINFO follows the signature and its own header, 4 bytes each, and
	// begins with 10 bytes of block and frame sizes. Then, in one word: rate (20
	// bits), channels-1 (3), bits-1 (5), frames (36); then the MD5 sum.
	const at = 4 + 4 + 10
	if w.frames >= 1<<36 {
		return nil // too many to be said: unknown is allowed
	}
	word := uint64(w.format.Rate)<<44 | uint64(w.format.Channels-1)<<41 | uint64(w.frame.BitsPerSample-1)<<36 | uint64(w.frames)
	b := w.sum.Sum(binary.BigEndian.AppendUint64(nil, word))
	end, err := w.seek.Seek(0, io.SeekCurrent)
	if err == nil {
		_, err = w.seek.Seek(w.start+at, io.SeekStart)
	}
	if err == nil {
		_, err = w.seek.Write(b)
	}
	if err == nil {
		_, err = w.seek.Seek(end, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("complete the FLAC header: %w", err)
	}
	return nil
}
