package dsp

import (
	"math/bits"
	"sync/atomic"
)

// cacheLine separates what the two sides of a Ring write, so that they do not
// take the same line from each other. 128 bytes rather than 64, because Intel
// prefetches lines in pairs and Apple's cores have lines of 128.
const cacheLine = 128

// Ring is a queue of samples between two goroutines: one producer (Write) and
// one consumer (Read, Discard). It never blocks and takes no lock.
//
// The indices count samples since the beginning and are never wrapped, so a
// full ring and an empty one differ without a spare slot.
type Ring struct {
	buf  []float32
	mask uint64
	_    [cacheLine]byte

	tail atomic.Uint64 // samples written so far; the producer's
	_    [cacheLine - 8]byte

	head atomic.Uint64 // samples read so far; the consumer's
	_    [cacheLine - 8]byte
}

// NewRing returns an empty ring for at least capacity samples; the true
// capacity is the next power of two. It panics if capacity is not positive.
func NewRing(capacity int) *Ring {
	if capacity <= 0 {
		panic("dsp: ring capacity must be positive")
	}
	n := 1 << bits.Len(uint(capacity-1))
	return &Ring{buf: make([]float32, n), mask: uint64(n - 1)}
}

// Write appends as much of p as fits and returns how many samples that was.
// Only the producer may call it.
func (r *Ring) Write(p []float32) int {
	tail := r.tail.Load()
	n := min(len(p), len(r.buf)-int(tail-r.head.Load()))
	at := int(tail & r.mask)
	k := copy(r.buf[at:], p[:n])
	copy(r.buf, p[k:n])
	// The samples must be there before the consumer sees the new index; an
	// atomic store orders them.
	r.tail.Store(tail + uint64(n))
	return n
}

// Read moves up to len(p) samples into p, oldest first, and returns how many.
// Only the consumer may call it.
func (r *Ring) Read(p []float32) int {
	head := r.head.Load()
	n := min(len(p), int(r.tail.Load()-head))
	at := int(head & r.mask)
	k := copy(p[:n], r.buf[at:])
	copy(p[k:n], r.buf)
	r.head.Store(head + uint64(n))
	return n
}

// Discard drops up to n of the oldest samples and returns how many it dropped.
// Only the consumer may call it.
func (r *Ring) Discard(n int) int {
	head := r.head.Load()
	n = min(max(n, 0), int(r.tail.Load()-head))
	r.head.Store(head + uint64(n))
	return n
}

// Len returns how many samples are waiting. To the consumer it is a lower
// bound, to the producer an upper one; to others it is a recent value.
func (r *Ring) Len() int {
	// Head first: it can only grow towards tail, so the difference is never
	// negative, and a tail that has moved on by then is cut at the capacity.
	head := r.head.Load()
	return min(int(r.tail.Load()-head), len(r.buf))
}

// Free returns how many samples can be written now.
func (r *Ring) Free() int { return len(r.buf) - r.Len() }

// Cap returns the capacity in samples, a power of two.
func (r *Ring) Cap() int { return len(r.buf) }
