// Package fifo feeds a pipe source, a device of PulseAudio that reads audio from a named
// pipe.
package fifo

import (
	"encoding/binary"
	"math"
	"sync/atomic"

	"github.com/stillmic/stillmic/audioio"
)

const (
	// frameBytes is one sample on both channels of the pipe source.
	frameBytes = 2 * 4

	// blockBytes is one block in the FIFO: 480 * 8 = 3840 bytes, less than
	// PIPE_BUF (4096), so that a write takes all of it or none.
	blockBytes = audioio.BlockSize * frameBytes

	// fifoBytes is sixteen pages, which hold a block each: 160 ms for a server
	// that is late while somebody listens. Its thread that reads here runs
	// without real-time priority, and stalls of 50 ms on a busy machine are
	// common. It reads all that waits at once, so that no delay stays.
	fifoBytes = 65536

	// fadeSamples is how long a block takes to rise after what was thrown away: 2.5 ms.
	fadeSamples = 120

	// idleBlocks is what may wait while nobody listens, so that who comes
	// next hears what is said now.
	idleBlocks = 1
)

// Writer feeds a pipe source. The server reads what comes when it comes,
// so the writer sets the clock.
type Writer struct {
	pipe      *pipe
	buf       [blockBytes]byte
	closed    atomic.Bool
	listening atomic.Bool
	dropped   atomic.Uint64
}

// WriteBlock puts a block into the FIFO. When the server does not read, what
// waits there is stale: it is thrown away, and the new block takes its place. It
// then begins softly, because the server has played nothing for a while.
func (w *Writer) WriteBlock(b *audioio.Block) error {
	if w.closed.Load() {
		return audioio.ErrClosed
	}
	if !w.listening.Load() && w.pipe.queued() >= idleBlocks*blockBytes {
		w.pipe.drain() // nobody was to hear it
	}
	w.encode(b, 0)
	full, err := w.pipe.write(w.buf[:])
	if !full || err != nil {
		return err
	}
	w.dropped.Add(uint64(w.pipe.drain() / frameBytes))
	w.encode(b, fadeSamples)
	if full, err = w.pipe.write(w.buf[:]); full {
		w.dropped.Add(audioio.BlockSize)
	}
	return err
}

// encode puts a block into buf, its first samples, so many, rising in a straight line.
func (w *Writer) encode(b *audioio.Block, fade int) {
	for i, v := range b {
		if i < fade {
			v *= (float32(i) + 0.5) / float32(fade)
		}
		bits := uint64(math.Float32bits(v))
		binary.LittleEndian.PutUint64(w.buf[i*frameBytes:], bits<<32|bits)
	}
}

// Flush throws away what waits.
func (w *Writer) Flush() { w.pipe.drain() }

// Fill implements audioio.Sink.
func (w *Writer) Fill() audioio.Fill { return audioio.Fill{Queued: w.pipe.queued() / frameBytes} }

// Listening reports whether somebody records, which decides how much may wait.
func (w *Writer) Listening(yes bool) { w.listening.Store(yes) }

// Stats counts what was thrown away. The server does not tell of underruns: without
// audio it simply waits.
func (w *Writer) Stats() audioio.SinkStats { return audioio.SinkStats{Dropped: w.dropped.Load()} }

// Close implements audioio.Sink.
func (w *Writer) Close() error {
	if w.closed.Swap(true) {
		return nil
	}
	return w.pipe.close()
}
