//go:build linux

package fifo

import (
	"encoding/binary"
	"math"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse/internal/wire"
)

// newWriter returns the writer of a FIFO that no server reads.
func newWriter(t *testing.T) *Writer {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// What a server that somebody listens to does not read in time is counted, and what
// follows rises softly; while nobody listens there is nothing to count.
func TestPipeDropsWhatIsStale(t *testing.T) {
	var one audioio.Block
	for i := range one {
		one[i] = 1
	}
	for _, listening := range []bool{true, false} {
		w := newWriter(t)
		w.Listening(listening)
		const blocks = fifoBytes/4096 + 1 // a page holds a block
		for range blocks {
			if err := w.WriteBlock(&one); err != nil {
				t.Fatal(err)
			}
		}
		wantDropped, wantFirst := uint64((blocks-1)*audioio.BlockSize), float32(0.5)/fadeSamples
		if !listening {
			wantDropped, wantFirst = 0, 1
		}
		if got := w.Stats().Dropped; got != wantDropped {
			t.Errorf("listening %v: %d samples dropped, want %d", listening, got, wantDropped)
		}
		if n := w.Fill().Queued; n != audioio.BlockSize {
			t.Errorf("listening %v: %d samples wait, want one block", listening, n)
		}
		if _, errno := wire.RawCall(syscall.SYS_READ, uintptr(w.pipe.fd), w.buf[:]); errno != 0 {
			t.Fatal(errno)
		}
		first, last := sampleAt(w.buf[:]), sampleAt(w.buf[(audioio.BlockSize-1)*frameBytes:])
		if first != wantFirst || last != 1 {
			t.Errorf("listening %v: the block goes from %g to %g, want %g to 1", listening, first, last, wantFirst)
		}
	}
}

func sampleAt(p []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(p)) }
