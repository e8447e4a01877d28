package wire

import (
	"encoding/binary"
	"math"

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

const (
	// OutboxCut is the least that is cut out, in frames, where what comes has no room: 5 ms. A
	// server that has caught up takes as much as comes, so that a few frames less would have to go
	// again with each hop.
	OutboxCut = 240

	// outboxFade is the length of the cross-fade that hides a cut: 2.5 ms.
	outboxFade = 120
)

// Room returns the room behind what waits for so many frames, of float32, which are held from then
// on. What has no room is cut out of what waits, with a cross-fade; cut says how many frames.
func (o *Outbox) Room(frames int) (room []byte, cut int) {
	size := frames * o.frame
	if over := o.Held + size - len(o.Backlog); over > 0 {
		n := min(max(over, o.frame*OutboxCut), o.Held)
		o.cut(n)
		cut = n / o.frame
	}
	room = o.Backlog[o.Held:][:size]
	o.Held += size
	return room, cut
}

// cut takes the oldest n bytes, and fades from them to those behind.
func (o *Outbox) cut(n int) {
	from, to := o.Backlog[:o.Held-n], o.Backlog[n:o.Held]
	fade := min(outboxFade, len(to)/o.frame)
	for i := 0; i < fade*o.frame; i += 4 {
		g := (float32(i/o.frame) + 0.5) / outboxFade
		a := math.Float32frombits(binary.LittleEndian.Uint32(from[i:]))
		b := math.Float32frombits(binary.LittleEndian.Uint32(to[i:]))
		binary.LittleEndian.PutUint32(to[i:], math.Float32bits((1-g)*a+g*b))
	}
	o.Held = copy(o.Backlog, to)
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
