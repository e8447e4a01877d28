package audioio

import (
	"encoding/binary"
	"errors"
)

// errNothing says that nothing more has come.
var errNothing = errors.New("nothing has come")

// unwatch ends the waiting for the connection: from now on its owner looks often enough,
// by drain. A sound server asks for audio about every 5 ms, and to be woken for that costs
// more than to look when the next block is there. Where no connection can be read without
// waiting it goes on as it was, on a goroutine.
func (p *pulsePump) unwatch() {
	p.takeOver(true)
	if p.sock.thread.Load() != nil {
		p.sock.unwatched = true
		return
	}
	go p.run()
}

// drain deals with all packets that have come whole, and waits for none, nor for another
// goroutine that does so. It may be called from anywhere after unwatch, and does not
// allocate.
func (p *pulsePump) drain() error {
	if !p.sock.unwatched {
		return nil
	}
	if !p.draining.TryLock() {
		return nil
	}
	defer p.draining.Unlock()
	p.looks.Add(1)
	for {
		head, err := p.demux.in.Peek(descriptorLen)
		if err == nil {
			_, err = p.demux.in.Peek(descriptorLen + int(binary.BigEndian.Uint32(head)))
		}
		switch {
		case errors.Is(err, errNothing):
			return nil
		case err == nil:
			err = p.packet()
		default: // what does not fit into the reader's 30 kB is no packet for a player either
			p.ended(err)
		}
		if err != nil || p.empty() {
			return err
		}
	}
}
