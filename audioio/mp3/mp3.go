// Package mp3 reads MP3 files: the samples that went into the encoder, without the silence
// it puts before and behind them.
package mp3

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/hajimehoshi/go-mp3"

	"github.com/stillmic/stillmic/audioio/decode"
	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
)

// frameHeader is what the header of an MP3 frame says: ISO/IEC 11172-3, 2.4.1.3,
// and 13818-3 for the lower rates.
type frameHeader struct {
	rate     int
	kbps     int
	channels int
	samples  int // per channel
	size     int // bytes, header included
	tag      int // where a Xing or Info tag begins
}

// parseFrameHeader reads the four bytes of a header, layer III only.
func parseFrameHeader(b []byte) (f frameHeader, ok bool) {
	if len(b) < 4 || b[0] != 0xFF || b[1]&0xE0 != 0xE0 || b[1]>>1&3 != 1 {
		return f, false
	}
	version, rate, bitrate := b[1]>>3&3, b[2]>>2&3, b[2]>>4
	if version == 1 || rate == 3 || bitrate == 0 || bitrate == 15 {
		return f, false // reserved, or free format
	}
	kbps := [...]int{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}[bitrate]
	f = frameHeader{rate: [...]int{44100, 48000, 32000}[rate], channels: 2, samples: 1152, tag: 4 + 32}
	if b[3]>>6 == 3 {
		f.channels, f.tag = 1, 4+17
	}
	if version != 3 { // MPEG 2, or 2.5
		kbps = [...]int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}[bitrate]
		f.rate, f.samples = f.rate/2, 576
		if version == 0 {
			f.rate /= 2
		}
		f.tag = map[int]int{1: 4 + 9, 2: 4 + 17}[f.channels]
	}
	f.kbps, f.size = kbps, f.samples/8*kbps*1000/f.rate+int(b[2]>>1&1)
	return f, true
}

// IsMP3 reports whether b begins with the header of an MP3 frame.
func IsMP3(b []byte) bool {
	_, ok := parseFrameHeader(b)
	return ok
}

// losesPadding reports whether the library would decode noise: of MPEG 2 it takes
// half of the length of an MPEG 1 frame, the padding byte included, and that is
// lost where the length is even. first is the first frame; one that is called
// Xing or VBRI rather than Info tells of a changing bit rate.
func (f frameHeader) losesPadding(first []byte) bool {
	if f.samples != 576 || f.rate%11025 != 0 {
		return false // all frames are as long, without padding
	}
	varies := hasTag(first, f.tag, "Xing") || hasTag(first, vbriAt, "VBRI")
	return varies || 144*f.kbps*1000/f.rate%2 == 0
}

// decoderDelay is what every decoder is late by: the filter banks' 528 samples and 1.
const decoderDelay = 529

// NewReader reads MP3. Where the encoder left word of the silence it put
// before and behind (the LAME tag), that is cut off, so that the samples lie where
// they lay before. Otherwise the length is not known in advance. Tags are those of
// ID3v2.
func NewReader(r io.Reader) (*decode.Reader, error) {
	b := bufio.NewReaderSize(r, 32<<10)
	meta, err := metadata.ReadID3(b)
	if err != nil {
		return nil, pcm.WrapDecodeError("the header", err)
	}
	head, err := b.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the header: %w", err)
	}
	f, ok := parseFrameHeader(head)
	if !ok {
		return nil, fmt.Errorf("%w: it does not begin with an MP3 frame", pcm.ErrDamaged)
	}
	d := decode.Stream{Format: pcm.Format{Rate: f.rate, Channels: f.channels, Encoding: pcm.Int16}, Frames: -1, Metadata: meta}
	first, _ := b.Peek(f.size)
	if f.losesPadding(first) {
		return nil, fmt.Errorf("%w: MP3 of %d Hz and %d kbit/s; where ffmpeg is installed such a file is read",
			pcm.ErrUnsupported, f.rate, f.kbps)
	}
	if len(first) == f.size {
		if lameTag(&d, first, f) || vbriTag(&d, first, f) {
			_, _ = b.Discard(f.size) // was peeked at
		}
	}
	var dec *mp3.Decoder
	walk := &walker{from: b}
	// Only reading is wanted: the library would go through the whole file first.
	err = pcm.Guard(func() (err error) { dec, err = mp3.NewDecoder(struct{ io.Reader }{walk}); return err })
	if err != nil {
		return nil, pcm.WrapDecodeError("the first frame", err)
	}
	raw, samples := make([]byte, 4*1152), make([]float32, 2*1152)
	d.Next = func() ([]float32, error) {
		n, err := io.ReadFull(dec, raw)
		if n == 0 && errors.Is(err, io.EOF) && !d.Exact && walk.cut() {
			return nil, fmt.Errorf("%w: its last frame is cut off", pcm.ErrTruncated)
		}
		if n == 0 {
			return nil, err
		}
		return toFloat(samples, raw[:n/4*4], f.channels), nil
	}
	return decode.NewReader(d), nil
}

// toFloat takes what the library gives, 16 bits and two channels always.
func toFloat(dst []float32, raw []byte, channels int) []float32 {
	dst = dst[:len(raw)/4*channels]
	for i := range dst {
		at := 2 * i
		if channels == 1 {
			at = 4 * i
		}
		dst[i] = float32(int16(binary.LittleEndian.Uint16(raw[at:]))) / (1 << 15)
	}
	return dst
}

// lameTag reads the tag in the first frame b, and reports whether there is one. After
// "Xing" or "Info": flags; for flags 1, 2, 4 and 8 the number of frames, of
// bytes, 100 bytes of contents and the quality; then 21 bytes of LAME's own and
// the delay and padding with 12 bits each.
func lameTag(d *decode.Stream, b []byte, f frameHeader) bool {
	if len(b) < f.tag+8 || !hasTag(b, f.tag, "Xing") && !hasTag(b, f.tag, "Info") {
		return false
	}
	flags, at := b[f.tag+7], f.tag+8
	frames := int64(-1)
	for i, size := range []int{4, 4, 100, 4} {
		if flags>>i&1 == 0 {
			continue
		}
		if i == 0 && at+4 <= len(b) {
			frames = int64(binary.BigEndian.Uint32(b[at:]))
		}
		at += size
	}
	if at+24 > len(b) || frames < 0 || b[at] == 0 {
		return true
	}
	delay := int64(b[at+21])<<4 | int64(b[at+22])>>4
	padding := int64(b[at+22]&15)<<8 | int64(b[at+23])
	if total := frames*int64(f.samples) - delay - padding; total > 0 {
		d.Skip, d.Frames, d.Exact = delay+decoderDelay, total, true
	}
	return true
}

// hasTag reports whether a frame has a tag of that name at a place.
func hasTag(b []byte, at int, name string) bool {
	return len(b) >= at+len(name) && string(b[at:][:len(name)]) == name
}

// vbriAt is where the Fraunhofer encoder's tag begins in the first frame: 32 bytes behind
// the header, whatever the version.
const vbriAt = 4 + 32

// vbriTag reads the Fraunhofer encoder's tag in the first frame b, and reports whether
// there is one; that frame has no sound. After "VBRI": version, delay and quality of 2
// bytes each, then the numbers of bytes and of frames, of 4. What of the sound is the
// encoder's silence it does not say.
func vbriTag(d *decode.Stream, b []byte, f frameHeader) bool {
	const frames = vbriAt + 4 + 3*2 + 4
	if !hasTag(b, vbriAt, "VBRI") || len(b) < frames+4 {
		return false
	}
	d.Frames = int64(binary.BigEndian.Uint32(b[frames:])) * int64(f.samples)
	return true
}
