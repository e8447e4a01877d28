//go:build linux

package soundserver_test

import (
	"context"
	"math"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio/soundserver"
)

// eachServer runs a test against a new server of each kind.
func eachServer(t *testing.T, test func(t *testing.T, s *soundserver.Server)) {
	for _, kind := range []soundserver.Kind{soundserver.PulseAudio, soundserver.PipeWire} {
		t.Run(string(kind), func(t *testing.T) {
			begin := time.Now()
			s := soundserver.StartKind(t, kind)
			t.Logf("%s ready in %v", kind, time.Since(begin).Round(time.Millisecond))
			test(t, s)
		})
	}
}

func TestPlayAndRecord(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server) {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		const freq, peak = 997, 0.5
		done := make(chan error, 1)
		playCtx, stop := context.WithCancel(ctx)
		go func() { done <- s.PlayLoop(playCtx, soundserver.FakeMicSink, soundserver.Sine(48000, freq, peak)) }()
		time.Sleep(500 * time.Millisecond)
		// A busy machine may lose a fragment; a fault of the harness is in every recording.
		var got []float32
		var gaps []soundserver.Span
		for range 3 {
			var err error
			if got, err = s.Record(ctx, soundserver.FakeMic, 2*time.Second); err != nil {
				t.Fatal(err)
			}
			gaps = soundserver.Gaps(got, 24, 1e-4)
			t.Logf("gaps %v, clicks %v", gaps, soundserver.Clicks(got, freq, peak, 0.005))
			if len(gaps) == 0 {
				break
			}
		}
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if level := soundserver.DB(soundserver.RMS(got) * math.Sqrt2 / peak); math.Abs(level) > 0.1 {
			t.Errorf("level %+.2f dB, want 0", level)
		}
		if len(gaps) > 0 {
			t.Errorf("gaps in three recordings: %v", gaps)
		}
	})
}

func TestPairOfSameSourceHasNoLag(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server) {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		go s.PlayLoop(ctx, soundserver.FakeMicSink, soundserver.Noise(48000, 0.3, 1)) //nolint:errcheck // ends with ctx
		time.Sleep(300 * time.Millisecond)
		x, y, err := s.RecordPair(ctx, soundserver.FakeMic, soundserver.FakeMic, 2*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		lag, corr := soundserver.Lag(x, y, 4800)
		t.Logf("lag %.1f samples, correlation %.4f", lag, corr)
		if math.Abs(lag) > 480 || corr < 0.9 {
			t.Errorf("lag %.1f samples, correlation %.3f; want about 0 and 1", lag, corr)
		}
	})
}

func TestAddAndRemoveMic(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server) {
		before, err := s.Modules()
		if err != nil {
			t.Fatal(err)
		}
		if err := s.AddMic("headset", 16000, 1); err != nil {
			t.Fatal(err)
		}
		if names, err := s.Sources(); err != nil || !slices.Contains(names, "headset") {
			t.Fatalf("sources %v, error %v; want headset among them", names, err)
		}
		if err := s.RemoveMic("headset"); err != nil {
			t.Fatal(err)
		}
		after, err := s.Modules()
		if err != nil {
			t.Fatal(err)
		}
		if len(after) != len(before) {
			t.Errorf("%d modules, %d before", len(after), len(before))
		}
	})
}

func TestRestartAndPause(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server) {
		if err := s.Restart(); err != nil {
			t.Fatal(err)
		}
		if names, err := s.Sources(); err != nil || !slices.Contains(names, soundserver.FakeMic) {
			t.Fatalf("sources %v, error %v after a restart; want the fake microphone", names, err)
		}
		if err := s.Pause(); err != nil {
			t.Fatal(err)
		}
		if err := s.Resume(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Modules(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestCloseLeavesNoProcess(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server) {
		pids := s.Pids()
		if len(pids) == 0 {
			t.Fatal("no processes")
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for name, pid := range pids {
			if err := syscall.Kill(-pid, 0); err != syscall.ESRCH {
				t.Errorf("%s (process group %d) is still there: %v", name, pid, err)
			}
		}
	})
}
