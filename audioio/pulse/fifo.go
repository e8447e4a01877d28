package pulse

import (
	"encoding/binary"
	"math"
	"sync/atomic"

	"github.com/stillmic/stillmic/audioio"
)

const (
	// frameBytes is one sample on both channels of the pipe source.
	frameBytes = 2 * 4

	// pipeBlockBytes is one block in the FIFO: 480 * 8 = 3840 bytes, less than
	// PIPE_BUF (4096), so that a write takes all of it or none.
	pipeBlockBytes = audioio.BlockSize * frameBytes

	// fifoBytes is sixteen pages, which hold a block each: 160 ms for a server
	// that is late while somebody listens. Its thread that reads here runs
	// without real-time priority, and stalls of 50 ms on a busy machine are
	// common. It reads all that waits at once, so that no delay stays.
	fifoBytes = 65536

	// pipeFade is how long a block takes to rise after what was thrown away: 2.5 ms.
	pipeFade = 120

	// idleBlocks is what may wait while nobody listens, so that who comes
	// next hears what is said now.
	idleBlocks = 1
)

// pipeWriter feeds a pipe source. The server reads what comes when it comes,
// so the writer sets the clock.
type pipeWriter struct {
	fifo      *fifo
	buf       [pipeBlockBytes]byte
	closed    atomic.Bool
	listening atomic.Bool
	dropped   atomic.Uint64
}

// WriteBlock puts a block into the FIFO. When the server does not read, what
// waits there is stale: it is thrown away, and the new block takes its place. It
// then begins softly, because the server has played nothing for a while.
func (w *pipeWriter) WriteBlock(b *audioio.Block) error {
	if w.closed.Load() {
		return audioio.ErrClosed
	}
	if !w.listening.Load() && w.fifo.queued() >= idleBlocks*pipeBlockBytes {
		w.fifo.drain() // nobody was to hear it
	}
	w.encode(b, 0)
	full, err := w.fifo.write(w.buf[:])
	if !full || err != nil {
		return err
	}
	w.dropped.Add(uint64(w.fifo.drain() / frameBytes))
	w.encode(b, pipeFade)
	if full, err = w.fifo.write(w.buf[:]); full {
		w.dropped.Add(audioio.BlockSize)
	}
	return err
}

// encode puts a block into buf, its first samples, so many, rising in a straight line.
func (w *pipeWriter) encode(b *audioio.Block, fade int) {
	for i, v := range b {
		if i < fade {
			v *= (float32(i) + 0.5) / float32(fade)
		}
		bits := uint64(math.Float32bits(v))
		binary.LittleEndian.PutUint64(w.buf[i*frameBytes:], bits<<32|bits)
	}
}

// Flush implements micWriter.
func (w *pipeWriter) Flush() { w.fifo.drain() }

// Fill implements Sink.
func (w *pipeWriter) Fill() audioio.Fill { return audioio.Fill{Queued: w.fifo.queued() / frameBytes} }

// Listening implements micWriter.
func (w *pipeWriter) Listening(yes bool) { w.listening.Store(yes) }

// Stats implements micWriter. The server does not tell of underruns: without
// audio it simply waits.
func (w *pipeWriter) Stats() audioio.SinkStats { return audioio.SinkStats{Dropped: w.dropped.Load()} }

// Close implements Sink.
func (w *pipeWriter) Close() error {
	if w.closed.Swap(true) {
		return nil
	}
	return w.fifo.close()
}
