package ffmpeg

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"

	"github.com/stillmic/stillmic/audioio/metadata"
)

// flvSize is the size that a Flash video says it has, in its first tag: "filesize", 0 for a
// number, and that, of 8 bytes. A live stream says 0, or nothing. Adobe, Video File Format, E.5.
func flvSize(f io.ReaderAt) int64 {
	b := make([]byte, 16<<10)
	n, _ := f.ReadAt(b, 0) // as much as there is
	_, after, ok := bytes.Cut(b[:n], []byte("\x00\x08filesize\x00"))
	if !ok || len(after) < 8 {
		return 0
	}
	size := math.Float64frombits(binary.BigEndian.Uint64(after))
	if !(size > 0 && size < 1<<62) { // true for NaN
		return 0
	}
	return int64(size)
}

// packetSize is the size of the packets of a transport stream, 0 for another file: each begins
// with 0x47, on discs 4 bytes later. ISO/IEC 13818-1, 2.4.3.2.
func packetSize(head []byte) int64 {
	for _, p := range []struct{ size, sync int }{{188, 0}, {192, 4}, {204, 0}} {
		if len(head) > p.sync+2*p.size && head[p.sync] == 0x47 && head[p.sync+p.size] == 0x47 && head[p.sync+2*p.size] == 0x47 {
			return int64(p.size)
		}
	}
	return 0
}

// mp2Size is where the last frame of an MP2 file ends, that being there or not, 0 for another
// file. What follows the frames, tags mostly, is of no concern.
func mp2Size(f io.ReaderAt) int64 {
	var head [metadata.ID3Head]byte
	n, _ := f.ReadAt(head[:], 0) // a shorter file has no tag
	at := int64(metadata.ID3Size(head[:n]))
	first := at
	for {
		if _, err := f.ReadAt(head[:4], at); err != nil {
			break
		}
		size := mp2Frame(head[:4])
		if size == 0 {
			break
		}
		at += size
	}
	if at == first {
		return 0
	}
	return at
}

// mp2Frame is the size of a frame of layer II that has this header, 0 for another: ISO/IEC
// 11172-3, 2.4.1.3, and 13818-3 for the lower rates.
func mp2Frame(h []byte) int64 {
	const layer2 = 2
	version, bitrate, rate := h[1]>>3&3, h[2]>>4, h[2]>>2&3
	if h[0] != 0xFF || h[1]&0xE0 != 0xE0 || h[1]>>1&3 != layer2 || version&2 == 0 || bitrate == 0 || bitrate == 15 || rate == 3 {
		return 0
	}
	kbps := [...]int64{0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384}[bitrate]
	hertz := [...]int64{44100, 48000, 32000}[rate]
	if version == 2 { // MPEG 2
		kbps, hertz = [...]int64{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}[bitrate], hertz/2
	}
	return 144*kbps*1000/hertz + int64(h[2]>>1&1)
}
