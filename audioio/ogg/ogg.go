// Package ogg reads Ogg Vorbis and Ogg Opus.
package ogg

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/jfreymuth/oggvorbis"
	"github.com/pion/opus"
	"github.com/pion/opus/pkg/oggreader"

	"github.com/stillmic/stillmic/audioio/decode"
	"github.com/stillmic/stillmic/audioio/metadata"
	"github.com/stillmic/stillmic/audioio/pcm"
)

// Codec says what an Ogg file that starts with b holds: "vorbis", "opus", or
// "" for something else. The first page has 27 bytes, a table of one, and then
// the codec's own head.
func Codec(b []byte) string {
	if len(b) < 28 || string(b[:4]) != "OggS" {
		return ""
	}
	b = b[min(27+int(b[26]), len(b)):]
	switch {
	case len(b) >= 7 && string(b[:7]) == "\x01vorbis":
		return "vorbis"
	case len(b) >= 8 && string(b[:8]) == "OpusHead":
		return "opus"
	}
	return ""
}

// vorbisChannels returns how many channels Ogg Vorbis that begins with b has, 0 where b does not say it: 11 bytes behind
// where its head begins. Vorbis I, 4.2.2.
func vorbisChannels(b []byte) int {
	if Codec(b) != "vorbis" {
		return 0
	}
	if at := 27 + int(b[26]) + 11; at < len(b) {
		return int(b[at])
	}
	return 0
}

// beginning returns the first bytes of r, and r with these before it again.
func beginning(r io.Reader) ([]byte, io.Reader) {
	const size = 64
	if f, ok := r.(io.ReadSeeker); ok {
		b := make([]byte, size)
		n, _ := io.ReadFull(f, b) // what is wrong with a file its decoder says, which goes to its beginning, too
		_, _ = f.Seek(0, io.SeekStart)
		return b[:n], r
	}
	buffered := bufio.NewReader(r)
	b, _ := buffered.Peek(size) // likewise
	return b, buffered
}

// vorbisError is about a header that the decoder refuses. It refuses intact ones, too, such as libvorbis writes for
// six channels. A damaged one fails its checksum, and that error begins with "ogg: ".
func vorbisError(err error, channels int) error {
	err, refused := pcm.WrapDecodeError("the header", err), !strings.HasPrefix(err.Error(), "ogg: ")
	if channels > 2 && refused && errors.Is(err, pcm.ErrDamaged) {
		return fmt.Errorf("%w: Vorbis with %d channels", pcm.ErrUnsupported, channels)
	}
	return err
}

// NewVorbisReader reads Ogg Vorbis. That of six channels is mostly pcm.ErrUnsupported.
func NewVorbisReader(r io.Reader) (*decode.Reader, error) {
	head, r := beginning(r)
	var v *oggvorbis.Reader
	err := pcm.Guard(func() (err error) { v, err = oggvorbis.NewReader(r); return err })
	if err != nil {
		return nil, vorbisError(err, vorbisChannels(head))
	}
	if v.Channels() < 1 || v.SampleRate() < 1 {
		return nil, fmt.Errorf("%w: its header says %d Hz, %d channels", pcm.ErrDamaged, v.SampleRate(), v.Channels())
	}
	d := decode.Stream{Format: pcm.Format{Rate: v.SampleRate(), Channels: v.Channels(), Encoding: pcm.Int24}, Frames: -1}
	if n := v.Length(); n > 0 { // only files know
		d.Frames = n
	}
	d.Metadata.Tags = metadata.SplitComments(v.CommentHeader().Comments)
	buf := make([]float32, 8192*v.Channels())
	d.Next = func() ([]float32, error) {
		n, err := v.Read(buf)
		if n > 0 {
			reorder(buf[:n], v.Channels())
			return buf[:n], nil
		}
		if errors.Is(err, io.EOF) && goesOn(r) {
			return nil, fmt.Errorf("%w: another stream follows the first; only from a file can it be read", pcm.ErrDamaged)
		}
		return nil, err
	}
	return decode.NewReader(d), nil
}

// goesOn reports whether another page comes after the end of a stream; of files Streams has
// told.
func goesOn(r io.Reader) bool {
	if _, file := r.(io.Seeker); file {
		return false
	}
	var capture [4]byte
	_, err := io.ReadFull(r, capture[:])
	return err == nil && string(capture[:]) == "OggS"
}

// vorbisOrder says for each channel in the order of WAV where Vorbis has it:
// Vorbis I, 4.3.9. Of up to two, and of four, the order is the same.
var vorbisOrder = map[int][]int{
	3: {0, 2, 1}, 5: {0, 2, 1, 3, 4}, 6: {0, 2, 1, 5, 3, 4}, 7: {0, 2, 1, 6, 5, 3, 4}, 8: {0, 2, 1, 7, 5, 6, 3, 4},
}

// reorder brings Vorbis' channels into the order of WAV.
func reorder(p []float32, channels int) {
	order := vorbisOrder[channels]
	if order == nil {
		return
	}
	var frame [8]float32
	for ; len(p) >= channels; p = p[channels:] {
		copy(frame[:], p[:channels])
		for i, from := range order {
			p[i] = frame[from]
		}
	}
}

// opusPackets decodes the packets of Ogg Opus: RFC 7845.
type opusPackets struct {
	ogg      *oggreader.OggReader
	dec      opus.Decoder
	channels int
	gain     float32
	samples  []float32
	given    int64 // frames decoded, the skipped ones included
}

// maxPacket is the longest packet: 120 ms at 48 kHz.
const maxPacket = 5760

// NewOpusReader reads Ogg Opus of one or two channels, at 48 kHz.
func NewOpusReader(r io.Reader) (*decode.Reader, error) {
	o := &opusPackets{}
	var head *oggreader.OggHeader
	err := pcm.Guard(func() (err error) { o.ogg, head, err = oggreader.NewWith(bufio.NewReaderSize(r, 64<<10)); return err })
	if err != nil {
		return nil, pcm.WrapDecodeError("the header", err)
	}
	o.channels = int(head.Channels)
	if o.channels < 1 || o.channels > 2 || head.ChannelMap > 1 {
		return nil, fmt.Errorf("%w: Opus with %d channels; 1 and 2 can be read", pcm.ErrUnsupported, o.channels)
	}
	var tags []byte
	if err = pcm.Guard(func() (err error) { tags, _, err = o.ogg.ParseNextPacket(); return err }); err != nil {
		return nil, pcm.WrapDecodeError("the tags", err)
	}
	if o.dec, err = opus.NewDecoderWithOutput(48000, o.channels); err != nil {
		return nil, fmt.Errorf("%w: %w", pcm.ErrDamaged, err)
	}
	// The gain is in dB/256; what is skipped is the encoder's delay.
	o.gain = float32(math.Pow(10, float64(int16(head.OutputGain))/256/20))
	o.samples = make([]float32, maxPacket*o.channels)
	d := decode.Stream{
		Format: pcm.Format{Rate: 48000, Channels: o.channels, Encoding: pcm.Int24}, Frames: -1,
		Skip: int64(head.PreSkip), Next: o.packet,
	}
	if len(tags) >= 8 && string(tags[:8]) == "OpusTags" {
		d.Metadata.Tags = metadata.ParseComments(tags[8:])
	}
	return decode.NewReader(d), nil
}

// packet decodes the next packet. The position of the last page says how many of
// its samples count.
func (o *opusPackets) packet() ([]float32, error) {
	data, page, err := o.ogg.ParseNextPacket()
	if err != nil {
		return nil, err
	}
	n, err := o.dec.DecodeToFloat32(data, o.samples)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", pcm.ErrDamaged, err)
	}
	o.given += int64(n)
	if page != nil && page.GranulePosition <= math.MaxInt64 { // else no packet ends here
		if end := int64(page.GranulePosition); o.given > end {
			n = int(max(int64(n)-(o.given-end), 0))
			o.given = end
		}
	}
	x := o.samples[:n*o.channels]
	if o.gain != 1 {
		for i := range x {
			x[i] *= o.gain
		}
	}
	return x, nil
}
