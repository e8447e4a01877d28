package audioio

import (
	"encoding/binary"
	"math"
	"sync/atomic"

	"github.com/stillmic/stillmic/dsp"
)

// blockQueue carries blocks from one goroutine (fill) to one other (pop)
// without locks, allocation or waiting. When the reader sleeps and the queue
// is full, new audio is dropped and counted, and the reader then drops what
// has become stale, so that it goes on with fresh audio.
type blockQueue struct {
	ring  *dsp.Ring
	fresh chan struct{} // one token: a whole block waits
	mono  Block         // what is on its way into the ring; writer's only
	lost  atomic.Uint64
	seen  uint64 // lost, as the reader last saw it; reader's only
}

// queueBlocks holds 320 ms at least: longer than any pause of a reader that is alive.
const queueBlocks = 32

func newBlockQueue() *blockQueue {
	return &blockQueue{ring: dsp.NewRing(queueBlocks * BlockSize), fresh: make(chan struct{}, 1)}
}

// fill appends frames of little-endian float32 samples, of which m makes one channel.
func (q *blockQueue) fill(p []byte, m *blend) {
	frame := 4 * m.channels
	for len(p) >= frame {
		n := min(BlockSize, len(p)/frame)
		m.take(q.mono[:n], p)
		p = p[n*frame:]
		q.push(n)
	}
}

func float32At(p []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(p)) }

// fillFloats appends interleaved samples of one channel, or of two that are averaged.
func (q *blockQueue) fillFloats(p []float32, channels int) {
	for len(p) >= channels {
		n := min(BlockSize, len(p)/channels)
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
func (q *blockQueue) push(n int) {
	if done := q.ring.Write(q.mono[:n]); done < n {
		q.lost.Add(uint64(n - done))
	}
	if q.len() == 0 {
		return
	}
	select {
	case q.fresh <- struct{}{}:
	default:
	}
}

// pop moves the oldest block to b and reports whether there was one.
func (q *blockQueue) pop(b *Block) bool {
	if lost := q.lost.Load(); lost != q.seen {
		q.seen = lost
		q.ring.Discard(q.ring.Len())
		return false
	}
	return q.len() > 0 && q.ring.Read(b[:]) == BlockSize
}

// len is the number of whole blocks waiting.
func (q *blockQueue) len() int { return q.ring.Len() / BlockSize }

// dropped is the number of samples lost because the reader was too slow.
func (q *blockQueue) dropped() uint64 { return q.lost.Load() }
