package ogg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A page begins with "OggS", version, flags, position (8 bytes), serial number, page
// number and checksum (4 each), the number of its segments and the size of each: RFC 3533.
const (
	atFlags    = 5
	atPosition = 6
	atSerial   = 14
	atNumber   = 18
	atSum      = 22
	pageHead   = 27

	flagContinued = 1 // it begins within a packet
	flagFirst     = 2 // of its stream
	noPosition    = ^uint64(0)
	mostSegments  = 255
	fullSegment   = 255 // the packet goes on
)

// page is a page as it is in a file.
type page []byte

func (p page) segments() []byte { return p[pageHead : pageHead+int(p[pageHead-1])] }
func (p page) body() []byte     { return p[pageHead+int(p[pageHead-1]):] }
func (p page) serial() uint32   { return binary.LittleEndian.Uint32(p[atSerial:]) }

// number gives a page another number, and its checksum.
func (p page) number(n uint32) {
	binary.LittleEndian.PutUint32(p[atNumber:], n)
	binary.LittleEndian.PutUint32(p[atSum:], 0)
	binary.LittleEndian.PutUint32(p[atSum:], checksum(p))
}

// readPage reads the next page; at the end it returns io.EOF.
func readPage(r io.Reader) (page, error) {
	p := make(page, pageHead, pageHead+mostSegments*(1+fullSegment))
	if _, err := io.ReadFull(r, p); err != nil {
		return nil, err
	}
	if string(p[:4]) != "OggS" {
		return nil, errOtherOgg
	}
	p = p[:pageHead+int(p[pageHead-1])]
	if _, err := io.ReadFull(r, p[pageHead:]); err != nil {
		return nil, fmt.Errorf("a page is cut off: %w", io.ErrUnexpectedEOF)
	}
	at, size := len(p), 0
	for _, n := range p.segments() {
		size += int(n)
	}
	p = p[:at+size]
	if _, err := io.ReadFull(r, p[at:]); err != nil {
		return nil, fmt.Errorf("a page is cut off: %w", io.ErrUnexpectedEOF)
	}
	return p, nil
}

// readPackets reads a number of packets of a stream, which must end with a page.
func readPackets(r io.Reader, count int, serial uint32) (packets [][]byte, err error) {
	var packet []byte
	for len(packets) < count {
		p, err := readPage(r)
		if errors.Is(err, io.EOF) {
			return nil, io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		body := p.body()
		for _, n := range p.segments() {
			packet = append(packet, body[:n]...)
			body = body[n:]
			if n < fullSegment {
				packets = append(packets, packet)
				packet = nil
			}
		}
		if p.serial() != serial {
			return nil, errOtherOgg
		}
	}
	if len(packets) != count || packet != nil {
		return nil, errOtherOgg
	}
	return packets, nil
}

// paginate puts packets into pages of a stream, whose position is 0: no sound yet.
func paginate(packets [][]byte, serial uint32) (pages []page) {
	var sizes, data []byte
	for _, p := range packets {
		for range len(p) / fullSegment {
			sizes = append(sizes, fullSegment)
		}
		sizes = append(sizes, byte(len(p)%fullSegment))
		data = append(data, p...)
	}
	for continued := false; len(sizes) > 0; {
		n, size, position := min(len(sizes), mostSegments), 0, noPosition
		for _, s := range sizes[:n] {
			size += int(s)
			if s < fullSegment { // a packet ends here
				position = 0
			}
		}
		p := make(page, pageHead, pageHead+n+size)
		copy(p, "OggS")
		if continued {
			p[atFlags] = flagContinued
		}
		binary.LittleEndian.PutUint64(p[atPosition:], position)
		binary.LittleEndian.PutUint32(p[atSerial:], serial)
		p[pageHead-1] = byte(n)
		pages = append(pages, append(append(p, sizes[:n]...), data[:size]...))
		continued = sizes[n-1] == fullSegment
		sizes, data = sizes[n:], data[size:]
	}
	return pages
}

// sums are of the polynomial 04C11DB7 and each byte, highest bit first.
var sums = func() (t [256]uint32) {
	for i := range t {
		c := uint32(i) << 24
		for range 8 {
			if c>>31 == 1 {
				c = c<<1 ^ 0x04C11DB7
			} else {
				c <<= 1
			}
		}
		t[i] = c
	}
	return t
}()

func checksum(b []byte) (c uint32) {
	for _, v := range b {
		c = c<<8 ^ sums[byte(c>>24)^v]
	}
	return c
}
