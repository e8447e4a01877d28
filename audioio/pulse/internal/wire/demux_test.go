package wire

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// packet makes a packet of the protocol.
func packet(channel uint32, payload []byte) []byte {
	b := make([]byte, DescriptorLen, DescriptorLen+len(payload))
	binary.BigEndian.PutUint32(b[0:], uint32(len(payload)))
	binary.BigEndian.PutUint32(b[4:], channel)
	return append(b, payload...)
}

// command makes the payload of a command with words as arguments.
func command(op uint32, words ...uint32) []byte {
	var b []byte
	for _, w := range append([]uint32{op, 7}, words...) {
		b = append(b, 'L')
		b = binary.BigEndian.AppendUint32(b, w)
	}
	return b
}

// TestDemux splits any mix of packets, however the bytes arrive: audio and
// requests go to their hooks, commands the library knows to the library
// unchanged, and others nowhere.
func TestDemux(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stream, wantPass, wantAudio []byte
		var wantRequests []uint32
		for range rapid.IntRange(0, 20).Draw(t, "packets") {
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				p := rapid.SliceOfN(rapid.Byte(), 0, 6000).Draw(t, "audio")
				wantAudio = append(wantAudio, p...)
				stream = append(stream, packet(3, p)...)
			case 1:
				n := rapid.Uint32().Draw(t, "bytes")
				wantRequests = append(wantRequests, 5, n)
				stream = append(stream, packet(controlChannel, command(opRequest, 5, n))...)
			case 2:
				op := rapid.SampledFrom([]uint32{0, 2, 62, 66, 94}).Draw(t, "op")
				p := packet(controlChannel, append(command(op), rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "rest")...))
				wantPass = append(wantPass, p...)
				stream = append(stream, p...)
			case 3:
				op := rapid.SampledFrom([]uint32{1, 95, 101, 103, 9999}).Draw(t, "unknown op")
				stream = append(stream, packet(controlChannel, append(command(op), rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "rest")...))...)
			}
		}
		var audio []byte
		var requests []uint32
		ends := 0
		chunk := rapid.IntRange(1, 5000).Draw(t, "chunk")
		d := &demux{
			in:      bufio.NewReaderSize(io.MultiReader(slowReader{bytes.NewReader(stream), chunk}), 4096),
			audio:   func(_ uint32, p []byte) { audio = append(audio, p...) },
			request: func(stream, n uint32) { requests = append(requests, stream, n) },
			end:     func(error) { ends++ },
		}
		pass, err := io.ReadAll(d)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(pass, wantPass) || !bytes.Equal(audio, wantAudio) || !slices.Equal(requests, wantRequests) || ends != 1 {
			t.Fatalf("library got %d bytes of %d, audio %d of %d, requests %v of %v, %d ends",
				len(pass), len(wantPass), len(audio), len(wantAudio), requests, wantRequests, ends)
		}
	})
}

// slowReader returns a few bytes at a time.
type slowReader struct {
	r io.Reader
	n int
}

func (s slowReader) Read(p []byte) (int, error) { return s.r.Read(p[:min(len(p), s.n)]) }

func TestDemuxReportsTheEnd(t *testing.T) {
	whole := packet(3, make([]byte, 100))
	for n := range whole {
		var got error
		d := &demux{in: bufio.NewReader(bytes.NewReader(whole[:n])), end: func(err error) { got = err }}
		if _, err := d.Read(make([]byte, 64)); err == nil || got == nil {
			t.Fatalf("cut after %d bytes: read %v, end %v", n, err, got)
		}
	}
}
