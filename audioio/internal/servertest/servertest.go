// Package servertest holds what the tests of the live back ends share: a test tone that is
// played, recorded and judged on a private sound server.
package servertest

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/soundserver"
)

// The test tone: a frequency that no fragment is a whole number of periods of.
const (
	ToneHz   = 997
	TonePeak = 0.5
)

// PlayTone plays the test tone into a sink until the test ends.
func PlayTone(t *testing.T, s *soundserver.Server, sink string) {
	t.Helper()
	PlayLoop(t, s, sink, soundserver.Sine(audioio.SampleRate, ToneHz, TonePeak))
}

// PlayLoop plays samples into a sink, again and again, until the test ends.
func PlayLoop(t *testing.T, s *soundserver.Server, sink string, samples []float32) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.PlayLoop(ctx, sink, samples) // tests kill servers and sinks under it
	}()
	t.Cleanup(func() { stop(); <-done })
	time.Sleep(300 * time.Millisecond)
}

// ReadBlocks reads n blocks.
func ReadBlocks(t *testing.T, src audioio.Source, n int) []float32 {
	t.Helper()
	out := make([]float32, 0, n*audioio.BlockSize)
	var b audioio.Block
	for range n {
		if err := src.ReadBlock(&b); err != nil {
			t.Fatal(err)
		}
		out = append(out, b[:]...)
	}
	return out
}

// LevelDB returns how much louder x is than the test tone, in dB.
func LevelDB(x []float32) float64 {
	return soundserver.DB(soundserver.RMS(x) * math.Sqrt2 / TonePeak)
}

// CheckTone wants an undisturbed tone of the right level. Every time the
// machine stood still, as measured beside, excuses the server for a few gaps. Two
// clicks are free: a sink with a clock of its own may cut its slack, which a steady
// tone shows, and the watch cannot see a server thread that alone came late.
func CheckTone(t *testing.T, x []float32, stalls soundserver.Stalls) {
	t.Helper()
	level := LevelDB(x)
	gaps, clicks := soundserver.Gaps(x, 24, 1e-4), soundserver.Clicks(x, ToneHz, TonePeak, 0.005)
	t.Logf("%.1f s: level %+.3f dB, %d gaps, %d clicks; machine: %v", float64(len(x))/audioio.SampleRate, level, len(gaps),
		len(clicks), stalls)
	if limit := 3 * stalls.Count; len(gaps) > limit || len(clicks) > 2+2*limit {
		t.Errorf("gaps %v, clicks %v; the machine's %d stalls excuse %d", gaps, clicks, stalls.Count, limit)
	}
	if stalls.Count == 0 && math.Abs(level) > 0.1 || math.Abs(level) > 3 {
		t.Errorf("level %+.2f dB, want 0", level)
	}
}

// Timeout returns a context that ends after d, or with the test.
func Timeout(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
