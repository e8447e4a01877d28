package audioio

import (
	"encoding/binary"
	"math"
	"sync/atomic"
)

// blockQueue carries blocks from one goroutine (fill) to one other (pop)
// without locks, allocation or waiting. When the reader sleeps and the queue
// is full, new audio is dropped and counted, and the reader then drops what
// has become stale, so that it goes on with fresh audio.
type blockQueue struct {
	blocks [queueBlocks]Block
	fresh  chan struct{} // one token: something was pushed

	_    [64]byte // keep the indices of the two sides on cache lines of their own
	tail atomic.Uint64
	part int // samples of the block at tail already filled; writer's only
	lost atomic.Uint64
	_    [64]byte
	head atomic.Uint64
	seen uint64 // lost, as the reader last saw it; reader's only
	_    [64]byte
}

// queueBlocks holds 320 ms: longer than any pause of a reader that is alive.
const queueBlocks = 32

func newBlockQueue() *blockQueue { return &blockQueue{fresh: make(chan struct{}, 1)} }

// fill appends little-endian float32 samples of one channel, or of two that
// are averaged.
func (q *blockQueue) fill(p []byte, channels int) {
	frame := 4 * channels
	for len(p) >= frame {
		b := q.slot()
		if b == nil {
			q.lost.Add(uint64(len(p) / frame))
			return
		}
		n := min(BlockSize-q.part, len(p)/frame)
		for i := range n {
			v := float32At(p[i*frame:])
			if channels == 2 {
				v = (v + float32At(p[i*frame+4:])) / 2
			}
			b[q.part+i] = v
		}
		p = p[n*frame:]
		q.filled(n)
	}
}

func float32At(p []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(p)) }

// fillFloats appends interleaved samples as fill does.
func (q *blockQueue) fillFloats(p []float32, channels int) {
	for len(p) >= channels {
		b := q.slot()
		if b == nil {
			q.lost.Add(uint64(len(p) / channels))
			return
		}
		n := min(BlockSize-q.part, len(p)/channels)
		for i := range n {
			v := p[i*channels]
			if channels == 2 {
				v = (v + p[i*channels+1]) / 2
			}
			b[q.part+i] = v
		}
		p = p[n*channels:]
		q.filled(n)
	}
}

// slot returns the block being filled, nil when the queue is full.
func (q *blockQueue) slot() *Block {
	tail := q.tail.Load()
	if tail-q.head.Load() == queueBlocks {
		return nil
	}
	return &q.blocks[tail%queueBlocks]
}

// filled notes n more samples in the slot, and publishes it when it is full.
func (q *blockQueue) filled(n int) {
	q.part += n
	if q.part < BlockSize {
		return
	}
	q.part = 0
	q.tail.Add(1)
	select {
	case q.fresh <- struct{}{}:
	default:
	}
}

// pop moves the oldest block to b and reports whether there was one.
func (q *blockQueue) pop(b *Block) bool {
	head, tail := q.head.Load(), q.tail.Load()
	if lost := q.lost.Load(); lost != q.seen {
		q.seen = lost
		q.head.Store(tail)
		return false
	}
	if head == tail {
		return false
	}
	*b = q.blocks[head%queueBlocks]
	q.head.Store(head + 1)
	return true
}

// len is the number of whole blocks waiting.
func (q *blockQueue) len() int { return int(q.tail.Load() - q.head.Load()) }

// dropped is the number of samples lost because the reader was too slow.
func (q *blockQueue) dropped() uint64 { return q.lost.Load() }
