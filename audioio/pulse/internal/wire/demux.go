package wire

import (
	"bufio"
	"encoding/binary"
	"io"

	"github.com/stillmic/stillmic/audioio"
)

const (
	// controlChannel marks a packet of the pulse protocol that is a command;
	// any other channel is the audio of that stream.
	controlChannel = 0xFFFFFFFF

	// DescriptorLen is the header of a packet: length, channel, offset (two
	// words) and flags, each 32 bits, big endian.
	DescriptorLen = 20

	// commandLen covers a command's tag byte and code, its tag byte and
	// serial number, and two more tagged words: a whole Request.
	commandLen = 20

	opRequest   = 61 // the server asks for audio: stream, bytes
	opUnderflow = 63 // it has run out of audio: stream, and where
)

// demux is the reading side of a connection. It takes the packets that
// come a hundred times a second, recorded audio and requests for playback, and the one
// that has to be known before the next block, out of the byte stream and hands them over
// without allocating, and lets the protocol library see the rest. The library calls Read
// from one goroutine, so the hooks are called from that goroutine too, and must not block.
type demux struct {
	w  io.Writer
	in *bufio.Reader

	audio   func(stream uint32, p []byte) // p is only valid during the call
	frame   int                           // bytes of a frame of that, of which whole ones are handed over; 0: any piece
	request func(stream, bytes uint32)
	dry     func()      // the server has run out of audio; nil: the library is told
	end     func(error) // called once, with why nothing can be read any more

	head  [DescriptorLen + commandLen]byte
	pass  []byte // part of head still to be given to the library
	left  int    // bytes of the packet after that, to be given as well
	chunk [4 * audioio.BlockSize]byte
}

// Write sends what the library wants to say.
func (d *demux) Write(p []byte) (int, error) { return d.w.Write(p) }

// Read gives the library the next bytes that are meant for it.
func (d *demux) Read(p []byte) (int, error) {
	n, err := d.read(p)
	if err != nil && d.end != nil {
		d.end(err)
		d.end = nil
	}
	return n, err
}

func (d *demux) read(p []byte) (int, error) {
	for {
		if len(d.pass) > 0 {
			n := copy(p, d.pass)
			d.pass = d.pass[n:]
			return n, nil
		}
		if d.left > 0 {
			n, err := d.in.Read(p[:min(len(p), d.left)])
			d.left -= n
			return n, err
		}
		if err := d.packet(); err != nil {
			return 0, err
		}
	}
}

// packet reads the head of the next packet, and all of it unless the library
// is to have it.
func (d *demux) packet() error {
	if _, err := io.ReadFull(d.in, d.head[:DescriptorLen]); err != nil {
		return err
	}
	length := int(binary.BigEndian.Uint32(d.head[0:]))
	channel := binary.BigEndian.Uint32(d.head[4:])
	if channel != controlChannel {
		return d.stream(channel, length)
	}
	n := min(length, commandLen)
	command := d.head[DescriptorLen : DescriptorLen+n]
	if _, err := io.ReadFull(d.in, command); err != nil {
		return err
	}
	if n < 5 {
		return nil // no command is as short as this
	}
	op := binary.BigEndian.Uint32(command[1:])
	switch {
	case op == opRequest && n == commandLen && d.request != nil:
		d.request(binary.BigEndian.Uint32(command[11:]), binary.BigEndian.Uint32(command[16:]))
		return nil
	case op == opUnderflow && d.dry != nil:
		d.dry()
		_, err := d.in.Discard(length - n)
		return err
	case !libraryKnows(op):
		_, err := d.in.Discard(length - n)
		return err
	}
	d.pass, d.left = d.head[:DescriptorLen+n], length-n
	return nil
}

// stream hands over the audio of one packet in pieces.
func (d *demux) stream(channel uint32, length int) error {
	for length > 0 {
		whole := len(d.chunk)
		if d.frame > 0 {
			whole -= whole % d.frame
		}
		p := d.chunk[:min(length, whole)]
		if _, err := io.ReadFull(d.in, p); err != nil {
			return err
		}
		length -= len(p)
		if d.audio != nil {
			d.audio(channel, p)
		}
	}
	return nil
}

// libraryKnows reports whether the protocol library can read a command from the
// server. It writes the code of one it does not know to standard output, and
// reads on in the middle of it.
func libraryKnows(op uint32) bool {
	switch {
	case op == 0, op == 2: // error, reply
	case op >= 61 && op <= 66: // request to subscription event
	case op >= 76 && op <= 79: // suspended, moved
	case op == 86, op >= 91 && op <= 94: // started, events, buffer changed
	default:
		return false
	}
	return true
}
