package queue

import (
	"encoding/binary"
	"math"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillmic/stillmic/audioio"
)

func encodeBlock(samples []float32) []byte {
	var b []byte
	for _, v := range samples {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// TestBlockQueueOrder: what goes in comes out in order, in blocks, whatever the
// sizes of the pieces.
func TestBlockQueueOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := NewBlocks()
		channels := rapid.IntRange(1, 2).Draw(t, "channels")
		m := NewBlend(channels)
		in, out := float32(0), float32(0)
		floats := rapid.Bool().Draw(t, "floats")
		for range rapid.IntRange(1, 50).Draw(t, "pieces") {
			n := rapid.IntRange(0, 1000).Draw(t, "piece")
			var piece []float32
			for range n {
				for range channels {
					piece = append(piece, in)
				}
				in++
			}
			if floats {
				q.FillFloats(piece, channels)
			} else {
				q.Fill(encodeBlock(piece), m)
			}
			var b audioio.Block
			for q.Pop(&b) {
				for _, v := range b {
					if v != out {
						t.Fatalf("sample %v, want %v", v, out)
					}
					out++
				}
			}
		}
		if left := in - out; left < 0 || left >= audioio.BlockSize || q.Dropped() != 0 {
			t.Fatalf("%v samples left, %d dropped", left, q.Dropped())
		}
	})
}

// TestBlockQueueOverflow: a reader that slept goes on with fresh audio.
func TestBlockQueueOverflow(t *testing.T) {
	q := NewBlocks()
	ones := make([]float32, audioio.BlockSize)
	for range queueBlocks + 3 {
		q.FillFloats(ones, 1)
	}
	if got, want := q.Dropped(), uint64((queueBlocks+3)*audioio.BlockSize-q.ring.Cap()); got != want {
		t.Errorf("%d dropped, want %d", got, want)
	}
	var b audioio.Block
	if q.Pop(&b) {
		t.Error("stale audio is handed out")
	}
	for i := range ones {
		ones[i] = 2
	}
	q.FillFloats(ones, 1)
	if !q.Pop(&b) || b[0] != 2 {
		t.Errorf("fresh audio does not follow: %v", b[0])
	}
}

// TestBlockQueueConcurrent is for the race detector.
func TestBlockQueueConcurrent(t *testing.T) {
	q := NewBlocks()
	const blocks = 2000
	var wg sync.WaitGroup
	wg.Go(func() {
		var piece [audioio.BlockSize]float32
		for i := range blocks {
			for q.ring.Free() < audioio.BlockSize {
				<-q.fresh // any token will do: the reader is fast
			}
			for j := range piece {
				piece[j] = float32(i)
			}
			q.FillFloats(piece[:], 1)
		}
	})
	var b audioio.Block
	for next := 0; next < blocks; {
		if !q.Pop(&b) {
			continue
		}
		if b[0] != float32(next) || b[audioio.BlockSize-1] != float32(next) {
			t.Fatalf("block %v to %v, want %d", b[0], b[audioio.BlockSize-1], next)
		}
		next++
		select {
		case q.fresh <- struct{}{}:
		default:
		}
	}
	wg.Wait()
}
