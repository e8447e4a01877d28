// Package queue holds audio that waits between two clocks, and keeps it from growing old.
package queue

import (
	"encoding/binary"
	"math"
	"sync/atomic"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/dsp"
)

// Blocks carries blocks from one goroutine (Fill) to one other (Pop)
// without locks, allocation or waiting. When the reader sleeps and the queue
// is full, new audio is dropped and counted, and the reader then drops what
// has become stale, so that it goes on with fresh audio.
type Blocks struct {
	ring  *dsp.Ring
	fresh chan struct{} // one token: a whole block waits
	mono  audioio.Block // what is on its way into the ring; writer's only
	lost  atomic.Uint64
	seen  uint64 // lost, as the reader last saw it; reader's only
}

// queueBlocks holds 320 ms at least: longer than any pause of a reader that is alive.
const queueBlocks = 32

// NewBlocks returns an empty queue.
func NewBlocks() *Blocks {
	return &Blocks{ring: dsp.NewRing(queueBlocks * audioio.BlockSize), fresh: make(chan struct{}, 1)}
}

// Fill appends frames of little-endian float32 samples, of which m makes one channel.
func (q *Blocks) Fill(p []byte, m *Blend) {
	frame := 4 * m.Channels
	for len(p) >= frame {
		n := min(audioio.BlockSize, len(p)/frame)
		m.Take(q.mono[:n], p)
		p = p[n*frame:]
		q.push(n)
	}
}

func float32At(p []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(p)) }

// FillFloats appends interleaved samples of one channel, or of two that are averaged.
func (q *Blocks) FillFloats(p []float32, channels int) {
	for len(p) >= channels {
		n := min(audioio.BlockSize, len(p)/channels)
		for i := range n {
			v := p[i*channels]
			if channels == 2 {
				v = (v + p[i*channels+1]) / 2
			}
			q.mono[i] = v
		}
		p = p[n*channels:]
		q.push(n)
	}
}

// push appends the first n samples of mono, and says so when a block is whole.
func (q *Blocks) push(n int) {
	if done := q.ring.Write(q.mono[:n]); done < n {
		q.lost.Add(uint64(n - done))
	}
	if q.Len() == 0 {
		return
	}
	select {
	case q.fresh <- struct{}{}:
	default:
	}
}

// Ready returns a channel with one token when a whole block waits.
func (q *Blocks) Ready() <-chan struct{} { return q.fresh }

// Pop moves the oldest block to b and reports whether there was one.
func (q *Blocks) Pop(b *audioio.Block) bool {
	if lost := q.lost.Load(); lost != q.seen {
		q.seen = lost
		q.ring.Discard(q.ring.Len())
		return false
	}
	return q.Len() > 0 && q.ring.Read(b[:]) == audioio.BlockSize
}

// Len is the number of whole blocks waiting.
func (q *Blocks) Len() int { return q.ring.Len() / audioio.BlockSize }

// Dropped is the number of samples lost because the reader was too slow.
func (q *Blocks) Dropped() uint64 { return q.lost.Load() }
