package pulse

import (
	"sync"
	"time"

	"github.com/jfreymuth/pulse/proto"
)

// putBackWithin is how long it is tried to put a program back, and where nothing better is known,
// how near a change of the default device it must have been moved for the move to be the
// server's. The change is what is seen, not what the server tells: PipeWire does not always tell.
const putBackWithin = 3 * time.Second

// Callers knows the programs that record the virtual microphone, to put those back that the
// server moves to another one: those of the old default when another device becomes it, and all
// when the microphone vanishes. It outlives the connection to a server, and the server itself. The
// zero value knows nobody.
type Callers struct {
	mu    sync.Mutex
	place place             // the microphone that they were on
	on    map[uint32]caller // streams that recorded it when it was looked last
	off   map[uint32]caller // streams that have left it a short while ago
}

// place is one life of the virtual microphone.
type place struct {
	connection *Server
	source     uint32 // the server's index
}

// caller is a stream that records the microphone.
type caller struct {
	identity
	left   time.Time // when it was seen on another microphone
	astray bool      // because the microphone had vanished
}

// identity is by what a stream is known again that a program makes anew.
type identity struct{ process, program, application, media string }

func identify(r *proto.GetSourceOutputInfoReply) identity {
	return identity{
		process:     property(r.Properties, "application.process.id"),
		program:     property(r.Properties, "application.process.binary"),
		application: property(r.Properties, "application.name"),
		media:       r.MediaName,
	}
}

// check takes a new list of all recordings, and returns the streams to be put back. byServer
// reports whether the server has moved a stream to where it is, and not a person; the
// microphone may have vanished under it.
func (c *Callers) check(list proto.GetSourceOutputInfoListReply, now place,
	byServer func(r *proto.GetSourceOutputInfoReply, vanished bool) bool) (back []uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now != c.place {
		c.place, c.on, c.off = now, nil, astray(list, now.source, c.on)
	}
	on, off := map[uint32]caller{}, map[uint32]caller{}
	for _, r := range list {
		index := r.SourceOutpuIndex
		if isMeter(r) {
			continue
		}
		if r.SourceIndex == now.source {
			on[index] = caller{identity: identify(r)}
			continue
		}
		left, known := c.off[index]
		if before, was := c.on[index]; was {
			left, known = before, true
			left.left = time.Now()
		}
		if !known || time.Since(left.left) > putBackWithin {
			continue
		}
		off[index] = left
		if byServer(r, left.astray) {
			back = append(back, index)
		}
	}
	c.on, c.off = on, off
	return back
}

// vanished takes in that the microphone is there no more. Streams that were seen to leave it just
// before were on it, where the server has moved them.
func (c *Callers) vanished(byServer func(stream uint32) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for index, left := range c.off {
		if c.on != nil && byServer(index) {
			c.on[index] = left
		}
	}
	c.off = nil
}

// astray finds the streams of those that recorded an earlier microphone until it vanished, which
// record another one now: the same ones, or others of the same programs, but no more of a program
// than there were. Nobody could choose the microphone meanwhile, so a stream that began without it
// is no choice either.
func astray(list proto.GetSourceOutputInfoListReply, own uint32, lost map[uint32]caller) map[uint32]caller {
	missing := map[identity]int{}
	for _, c := range lost {
		missing[c.identity]++
	}
	var elsewhere []*proto.GetSourceOutputInfoReply
	for _, r := range list {
		switch {
		case isMeter(r):
		case r.SourceIndex == own:
			missing[identify(r)]--
		default:
			elsewhere = append(elsewhere, r)
		}
	}
	found := map[uint32]caller{}
	for _, same := range []bool{true, false} { // the same streams go first
		for _, r := range elsewhere {
			who, index := identify(r), r.SourceOutpuIndex
			if same == (lost[index].identity == who) && missing[who] > 0 {
				missing[who]--
				found[index] = caller{identity: who, left: time.Now(), astray: true}
			}
		}
	}
	return found
}
