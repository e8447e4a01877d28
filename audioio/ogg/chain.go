package ogg

import (
	"errors"
	"fmt"
	"io"

	"github.com/stillmic/stillmic/audioio/decode"
	"github.com/stillmic/stillmic/audioio/pcm"
)

// Streams returns where the streams of a file begin that come one after the other, as in the
// recording of a radio station, and in files that were joined by cat: RFC 3533, 4.
func Streams(f io.ReaderAt) (starts []int64) {
	begins := true // a first page here is that of another stream, not one beside the last
	var head [pageHead + mostSegments]byte
	for at := int64(0); ; {
		n, _ := f.ReadAt(head[:], at) // less than a head is the end
		if n < pageHead || string(head[:4]) != "OggS" || n < pageHead+int(head[pageHead-1]) {
			return starts
		}
		p := page(head[:pageHead+int(head[pageHead-1])])
		if p[atFlags]&flagFirst == 0 {
			begins = true
		} else if begins {
			starts, begins = append(starts, at), false
		}
		at += int64(len(p))
		for _, size := range p.segments() {
			at += int64(size)
		}
	}
}

// NewChainReader reads the streams of a file of some bytes that begin at starts as one
// recording. All must be what open reads, with the same rate and channels.
func NewChainReader(f io.ReaderAt, size int64, starts []int64,
	open func(io.Reader) (*decode.Reader, error)) (*decode.Reader, error) {
	stream := func(i int) (*decode.Reader, error) {
		end := size
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		return open(io.NewSectionReader(f, starts[i], end-starts[i]))
	}
	now, err := stream(0)
	if err != nil {
		return nil, err
	}
	format, i := now.Format(), 0
	buf := make([]float32, 4096*format.Channels)
	d := decode.Stream{Format: format, Frames: -1, Metadata: now.Metadata()}
	d.Next = func() ([]float32, error) {
		for {
			n, err := now.Read(buf)
			if n > 0 {
				return buf[:n*format.Channels], nil
			}
			if i++; !errors.Is(err, io.EOF) || i == len(starts) {
				return nil, err
			}
			if now, err = stream(i); err != nil {
				return nil, err
			}
			if now.Format() != format {
				return nil, fmt.Errorf("%w: stream %d of it has %d Hz and %d channels, the first %d Hz and %d", pcm.ErrDamaged, i+1,
					now.Rate(), now.Channels(), format.Rate, format.Channels)
			}
		}
	}
	return decode.NewReader(d), nil
}
