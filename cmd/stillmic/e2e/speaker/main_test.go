//go:build linux

package speaker

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/speaker"
)

func TestMain(m *testing.M) { stage.Main(m) }

// speakerName is the virtual output on the server.
const speakerName = pulse.MicName + pulse.SpeakerSuffix

// switchOn publishes the virtual output, at a strength.
func switchOn(s *stage.Stage, strength string) {
	s.T.Helper()
	s.Post("/v1/speaker", map[string]any{"on": true, "strength": strength})
	s.Await(stage.GiveUp, "suspended", func(st control.Status) bool { return st.Speaker.State == speaker.Suspended })
}

// farEnd plays what others say into an output until stop is called, or the test ends.
func farEnd(s *stage.Stage, sink string, samples []float32) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var playing sync.WaitGroup
	playing.Go(func() { _ = s.PlayStereo(ctx, sink, soundserver.Looped(samples)) }) // tests take outputs away under it
	stop = sync.OnceFunc(func() {
		cancel()
		playing.Wait()
	})
	s.T.Cleanup(stop)
	return stop
}

// awaitRunning waits until sound goes through the virtual output to one of a description.
func awaitRunning(s *stage.Stage, output string) {
	s.T.Helper()
	s.Await(stage.GiveUp, "running on "+output, func(st control.Status) bool {
		return st.Speaker.State == speaker.Running && st.Speaker.Output == output
	})
}

// stereo makes frames of two channels.
func stereo(left, right []float32) []float32 {
	frames := make([]float32, 2*len(left))
	for i, v := range left {
		frames[2*i], frames[2*i+1] = v, right[i]
	}
	return frames
}

// monitorOf records what an output plays, mixed to one channel.
func monitorOf(s *stage.Stage, output string, d time.Duration) []float32 {
	s.T.Helper()
	return s.RecordFor(d, output+".monitor")[0].Samples
}

// awaitSound waits until an output plays something, and returns how long that took.
func awaitSound(s *stage.Stage, output string, limit time.Duration) time.Duration {
	s.T.Helper()
	begin := time.Now()
	ctx, stop := context.WithTimeout(context.Background(), limit)
	defer stop()
	heard := false
	err := s.Listen(ctx, func(_ int, x []float32, _ time.Time) {
		if soundserver.RMS(x) > 1e-3 {
			heard = true
			stop()
		}
	}, output+".monitor")
	if err != nil {
		s.T.Fatal(err)
	}
	if !heard {
		st, err := s.Status()
		s.T.Fatalf("%s plays nothing after %v: %+v, %v", output, limit, st.Speaker, err)
	}
	return time.Since(begin)
}

// seconds of samples.
func seconds(n float64) int { return int(n * audioio.SampleRate) }
