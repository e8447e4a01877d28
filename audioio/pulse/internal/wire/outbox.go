package wire

import (
	"encoding/binary"

	"github.com/jfreymuth/pulse/proto"
)

// Outbox is what waits to be sent on a playback stream, which gets only what the server has asked
// for: a stream that was once overfull stays silent for ever on some servers. Its owner guards it.
type Outbox struct {
	Stream  uint32 // proto.Undefined while it is being made
	Credit  int    // bytes the server has asked for and not been sent
	Backlog []byte // room for what waits
	Held    int    // bytes in Backlog, the oldest first

	packet []byte // Backlog behind its head
	frame  int    // bytes of a sample of all channels
}

// NewOutbox returns an outbox with room for so many frames of so many bytes each.
func NewOutbox(frames, frame int) Outbox {
	packet := make([]byte, DescriptorLen+frames*frame)
	return Outbox{Stream: proto.Undefined, Backlog: packet[DescriptorLen:], packet: packet, frame: frame}
}

// Send sends what is there and asked for, whole frames.
func (o *Outbox) Send(c *Conn) error {
	n := min(o.Held, o.Credit) / o.frame * o.frame
	if n == 0 || o.Stream == proto.Undefined {
		return nil
	}
	// The library's Send would write head and samples one after the other, and the server
	// wake up twice. The head's other words are zero: behind what was sent before.
	binary.BigEndian.PutUint32(o.packet[0:], uint32(n))
	binary.BigEndian.PutUint32(o.packet[4:], o.Stream)
	if _, err := c.Pump.Write(o.packet[:DescriptorLen+n]); err != nil {
		return err
	}
	o.Credit -= n
	o.Held = copy(o.Backlog, o.Backlog[n:o.Held])
	return nil
}
