package audioio

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"os"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func TestPulseAddresses(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for server, want := range map[string][]pulseAddress{
		"unix:/run/x/native":        {{"unix", "/run/x/native"}},
		"/run/x/native":             {{"unix", "/run/x/native"}},
		"tcp:10.0.0.1:4000":         {{"tcp", "10.0.0.1:4000"}},
		"tcp4:10.0.0.1":             {{"tcp4", "10.0.0.1:4713"}},
		"tcp6:[::1]:5":              {{"tcp6", "[::1]:5"}},
		"tcp6:[::1]":                {{"tcp6", "[::1]:4713"}},
		"desk":                      {{"tcp", "desk:4713"}},
		"unix:/a tcp:b":             {{"unix", "/a"}, {"tcp", "b:4713"}},
		"{" + host + "}unix:/a":     {{"unix", "/a"}},
		"{not-" + host + "}unix:/a": nil,
		"{broken":                   nil,
		"   ":                       nil,
	} {
		if got := parsePulseServer(server); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", server, got, want)
		}
	}
}

// packet makes a packet of the protocol.
func packet(channel uint32, payload []byte) []byte {
	b := make([]byte, descriptorLen, descriptorLen+len(payload))
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
		d := &pulseDemux{
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
		d := &pulseDemux{in: bufio.NewReader(bytes.NewReader(whole[:n])), end: func(err error) { got = err }}
		if _, err := d.Read(make([]byte, 64)); err == nil || got == nil {
			t.Fatalf("cut after %d bytes: read %v, end %v", n, err, got)
		}
	}
}

func encodeBlock(samples []float32) []byte {
	var b []byte
	for _, v := range samples {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// TestBlockQueueOrder: what goes in comes out in order, in blocks, whatever the
// sizes of the pieces.
func TestBlockQueueOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := newBlockQueue()
		channels := rapid.IntRange(1, 2).Draw(t, "channels")
		m := newBlend(channels)
		in, out := float32(0), float32(0)
		floats := rapid.Bool().Draw(t, "floats")
		for range rapid.IntRange(1, 50).Draw(t, "pieces") {
			n := rapid.IntRange(0, 1000).Draw(t, "piece")
			var piece []float32
			for range n {
				for range channels {
					piece = append(piece, in)
				}
				in++
			}
			if floats {
				q.fillFloats(piece, channels)
			} else {
				q.fill(encodeBlock(piece), m)
			}
			var b Block
			for q.pop(&b) {
				for _, v := range b {
					if v != out {
						t.Fatalf("sample %v, want %v", v, out)
					}
					out++
				}
			}
		}
		if left := in - out; left < 0 || left >= BlockSize || q.dropped() != 0 {
			t.Fatalf("%v samples left, %d dropped", left, q.dropped())
		}
	})
}

// TestBlockQueueOverflow: a reader that slept goes on with fresh audio.
func TestBlockQueueOverflow(t *testing.T) {
	q := newBlockQueue()
	ones := make([]float32, BlockSize)
	for range queueBlocks + 3 {
		q.fillFloats(ones, 1)
	}
	if got, want := q.dropped(), uint64((queueBlocks+3)*BlockSize-q.ring.Cap()); got != want {
		t.Errorf("%d dropped, want %d", got, want)
	}
	var b Block
	if q.pop(&b) {
		t.Error("stale audio is handed out")
	}
	for i := range ones {
		ones[i] = 2
	}
	q.fillFloats(ones, 1)
	if !q.pop(&b) || b[0] != 2 {
		t.Errorf("fresh audio does not follow: %v", b[0])
	}
}

// TestBlockQueueConcurrent is for the race detector.
func TestBlockQueueConcurrent(t *testing.T) {
	q := newBlockQueue()
	const blocks = 2000
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		var piece [BlockSize]float32
		for i := range blocks {
			for q.ring.Free() < BlockSize {
				<-q.fresh // any token will do: the reader is fast
			}
			for j := range piece {
				piece[j] = float32(i)
			}
			q.fillFloats(piece[:], 1)
		}
	}()
	var b Block
	for next := 0; next < blocks; {
		if !q.pop(&b) {
			continue
		}
		if b[0] != float32(next) || b[BlockSize-1] != float32(next) {
			t.Fatalf("block %v to %v, want %d", b[0], b[BlockSize-1], next)
		}
		next++
		select {
		case q.fresh <- struct{}{}:
		default:
		}
	}
	wg.Wait()
}

func TestTaggedModules(t *testing.T) {
	for args, want := range map[string]bool{
		`source_properties="device.description='Stillmic Microphone' stillmic.owner=stillmic"`: true,
		`sink_properties=stillmic.owner=stillmic`:                                              true,
		`sink_properties=stillmic.owner=stillmic2`:                                             false,
		`a=stillmic.owner=stillmic2 b=stillmic.owner=stillmic`:                                 true,
		`source_name=stillmic description="stillmic.owner is a nice thing"`:                    false,
		``: false,
	} {
		if got := tagged(args, "stillmic"); got != want {
			t.Errorf("%s: %v, want %v", args, got, want)
		}
	}
}

func TestSameMicrophone(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"alsa_input.usb-Mic-00.analog-stereo", "alsa_input.usb-Mic-00.pro-input-0", true},
		{"alsa_input.pci-0000_00_1f.3.analog-stereo", "alsa_input.pci-0000_00_1f.3.multichannel-input", true},
		{"bluez_source.00_11_22_33_44_55.handsfree_head_unit", "bluez_input.00:11:22:33:44:55", true},
		{"alsa_input.usb-Mic-00.analog-stereo", "alsa_input.usb-Mic-01.analog-stereo", false},
		{"alsa_input.usb-Mic-00", "alsa_input.usb-Mic-01", false},
		{"webcam", "webcam2", false},
		{"", "", false},
	} {
		if got := sameMicrophone(c.a, c.b); got != c.same {
			t.Errorf("%q and %q: the same: %v", c.a, c.b, got)
		}
	}
}
