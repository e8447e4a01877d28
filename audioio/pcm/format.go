package pcm

import (
	"fmt"
	"math"
)

// Encoding is how a file stores one sample.
type Encoding int

// The encodings of integers and floating-point numbers, all little-endian.
// Uint8 is unsigned, the other integers are signed.
const (
	Int16 Encoding = iota
	Uint8
	Int24
	Int32
	Float32
	Float64
)

// encodings describes each Encoding: name, bytes per sample, whether it is
// floating-point.
var encodings = [...]struct {
	name  string
	bytes int
	float bool
}{
	Int16:   {"16-bit PCM", 2, false},
	Uint8:   {"8-bit PCM", 1, false},
	Int24:   {"24-bit PCM", 3, false},
	Int32:   {"32-bit PCM", 4, false},
	Float32: {"32-bit float", 4, true},
	Float64: {"64-bit float", 8, true},
}

// EncodingOf returns the encoding of integers or floating-point numbers with samples of
// so many bytes; ok reports whether
// there is one.
func EncodingOf(bytes int, float bool) (_ Encoding, ok bool) {
	for e, d := range encodings {
		if d.bytes == bytes && d.float == float {
			return Encoding(e), true
		}
	}
	return 0, false
}

// valid reports whether e is one of the constants.
func (e Encoding) valid() bool { return e >= 0 && int(e) < len(encodings) }

// Bytes returns the size of one sample.
func (e Encoding) Bytes() int { return encodings[e].bytes }

// IsFloat reports whether samples are floating-point numbers.
func (e Encoding) IsFloat() bool { return encodings[e].float }

// String returns the name people use, like "24-bit PCM".
func (e Encoding) String() string {
	if !e.valid() {
		return fmt.Sprintf("Encoding(%d)", int(e))
	}
	return encodings[e].name
}

// Format is what a file says about its samples.
type Format struct {
	Rate     int // frames per second
	Channels int
	Encoding Encoding

	// ChannelMask names the loudspeaker of each channel, as in
	// WAVEFORMATEXTENSIBLE; 0 says nothing.
	ChannelMask uint32
}

const (
	// MaxChannels bounds the memory a damaged header can ask for.
	MaxChannels = 256

	// BufferBytes is the size of a buffer between file and samples; at least one
	// frame of the widest kind fits: 256 channels of 8 bytes.
	BufferBytes = 16 << 10
)

// FrameBytes returns the size of one sample of every channel.
func (f Format) FrameBytes() int { return f.Channels * f.Encoding.Bytes() }

// Check returns an error that is ErrBadFormat unless a file of this format can be
// written.
func (f Format) Check() error {
	switch {
	case !f.Encoding.valid():
		return fmt.Errorf("%w: %s", ErrBadFormat, f.Encoding)
	case f.Channels < 1 || f.Channels > MaxChannels:
		return fmt.Errorf("%w: %d channels, 1 to %d are possible", ErrBadFormat, f.Channels, MaxChannels)
	case f.Rate < 1 || int64(f.Rate)*int64(f.FrameBytes()) > math.MaxUint32:
		return fmt.Errorf("%w: a sample rate of %d Hz", ErrBadFormat, f.Rate)
	}
	return nil
}
