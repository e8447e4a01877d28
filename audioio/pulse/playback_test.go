package pulse

import (
	"testing"
	"time"
)

// Between two requests the fill falls as the server plays, and no further than to the
// next one.
func TestFillFallsWhileTheServerPlays(t *testing.T) {
	s := &playback{target: 4 * 2000, credit: 4 * 500, lot: 4 * 256, seen: time.Now().Add(-2 * time.Millisecond)}
	if q := s.fill().Queued; q < 1500-256 || q > 1500-96 {
		t.Errorf("%d samples 2 ms after the request, want at most 96 fewer than 1500", q)
	}
	s.seen = time.Now().Add(-time.Second)
	if q := s.fill().Queued; q != 1500-256 {
		t.Errorf("%d samples long after the request, want %d", q, 1500-256)
	}
	s.stream = noStream
	s.requested(0, 4*256) // what was played is asked for now
	s.seen = time.Now()
	if q := s.fill().Queued; q > 1500-256 || q < 1500-256-48 {
		t.Errorf("%d samples after the next request, want %d or a little less", q, 1500-256)
	}
}
