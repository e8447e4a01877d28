package wire

import (
	"encoding/binary"
	"errors"
)

// errNothing says that nothing more has come.
var errNothing = errors.New("nothing has come")

// StartPolling ends the waiting for the connection: from now on its owner looks often enough,
// by Poll. A sound server asks for audio about every 5 ms, and to be woken for that costs
// more than to look when the next block is there. Where no connection can be read without
// waiting it goes on as it was, on a goroutine.
func (p *Pump) StartPolling() {
	p.Adopt(true)
	if p.sock.thread.Load() != nil {
		p.sock.mode = polled
		return
	}
	go p.run()
}

// Poll deals with all packets that have come whole, and waits for none, nor for another
// goroutine that does so. It may be called from anywhere after StartPolling, and does not
// allocate.
func (p *Pump) Poll() error {
	if p.sock.mode != polled {
		return nil
	}
	if !p.pollLock.TryLock() {
		return nil
	}
	defer p.pollLock.Unlock()
	p.polls.Add(1)
	for {
		head, err := p.demux.in.Peek(DescriptorLen)
		if err == nil {
			_, err = p.demux.in.Peek(DescriptorLen + int(binary.BigEndian.Uint32(head)))
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

// Polls returns how often Poll was called and could read.
func (p *Pump) Polls() uint64 { return p.polls.Load() }
