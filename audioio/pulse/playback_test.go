package pulse

import (
	"encoding/binary"
	"math"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse/internal/wire"
)

// Between two requests the fill falls as the server plays, and no further than to the
// next one.
func TestFillFallsWhileTheServerPlays(t *testing.T) {
	s := &playback{target: 4 * 2000, out: wire.NewOutbox(playbackBacklog, 4), lot: 4 * 256, seen: time.Now().Add(-2 * time.Millisecond)}
	s.out.Credit = 4 * 500
	if q := s.fill().Queued; q < 1500-256 || q > 1500-96 {
		t.Errorf("%d samples 2 ms after the request, want at most 96 fewer than 1500", q)
	}
	s.seen = time.Now().Add(-time.Second)
	if q := s.fill().Queued; q != 1500-256 {
		t.Errorf("%d samples long after the request, want %d", q, 1500-256)
	}
	s.requested(0, 4*256) // what was played is asked for now
	s.seen = time.Now()
	if q := s.fill().Queued; q > 1500-256 || q < 1500-256-48 {
		t.Errorf("%d samples after the next request, want %d or a little less", q, 1500-256)
	}
}

// Where more comes than the server takes, what has no room is cut out seldom and without a click.
func TestCutsAreNotHeard(t *testing.T) {
	const w = 2 * math.Pi * 400 / audioio.SampleRate
	s := &playback{out: wire.NewOutbox(playbackBacklog, 4)}
	var heard []float64
	block := make([]float32, audioio.BlockSize+1) // 2,000 ppm too many
	for made := 0; made < 1000*len(block); {
		for i := range block {
			block[i] = float32(0.3 * math.Sin(w*float64(made)))
			made++
		}
		s.add(block)
		if s.out.Held < len(s.out.Backlog)-4*audioio.BlockSize {
			continue // it is not full
		}
		for i := 0; i < 4*audioio.BlockSize; i += 4 {
			heard = append(heard, float64(math.Float32frombits(binary.LittleEndian.Uint32(s.out.Backlog[i:]))))
		}
		s.out.Held = copy(s.out.Backlog, s.out.Backlog[4*audioio.BlockSize:s.out.Held])
	}
	for i := 2; i < len(heard); i++ {
		// A sine obeys x[n] = 2cos(w)x[n-1] - x[n-2]; the loss of a sample leaves 0.016.
		if off := heard[i] - 2*math.Cos(w)*heard[i-1] + heard[i-2]; math.Abs(off) > 0.004 {
			t.Fatalf("a click at sample %d: %.4f", i, off)
		}
	}
	if n := s.dropped.Load(); n == 0 || n%wire.OutboxCut != 0 || n > 1000 {
		t.Errorf("%d samples are dropped, want a few times %d", n, wire.OutboxCut)
	}
}
