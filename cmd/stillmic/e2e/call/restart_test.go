//go:build linux

package call

import (
	"context"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
)

const (
	// otherPeak is how loud the default microphone is, which the server gives to a
	// program whose own goes away; rawPeak is what nothing else reaches.
	otherPeak, rawPeak = 0.9, 0.6

	// restartGap is the longest that a call may be without audio while the daemon is
	// started again at once.
	restartGap = 500 * time.Millisecond
)

// call is a program that records Stillmic Microphone and that the server may move.
type call struct {
	mu     sync.Mutex
	good   time.Time     // the tone was there last
	gap    time.Duration // the longest between two packets with the tone
	loud   float32       // the loudest sample
	sound  time.Duration // how much there was that is not silent, by packets
	cancel context.CancelFunc
	ended  chan error // says why it ended
}

// startCall begins a call.
func startCall(s *stage.Stage) *call {
	ctx, cancel := context.WithCancel(s.T.Context())
	c := &call{cancel: cancel, ended: make(chan error, 1)}
	go func() { c.ended <- s.Call(ctx, c.hear, pulse.MicName) }()
	s.T.Cleanup(func() {
		cancel()
		err := <-c.ended
		c.ended <- err
	})
	return c
}

func (c *call) hear(x []float32, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	peak := loudest(x)
	c.loud = max(c.loud, peak)
	if peak > 1e-6 {
		c.sound += time.Duration(len(x)) * time.Second / audioio.SampleRate
	}
	// As in ear: the tone is 0.21, and 3 dB more on PipeWire.
	if r := soundserver.RMS(x); r < 0.17 || r > 0.35 {
		return
	}
	if !c.good.IsZero() {
		c.gap = max(c.gap, at.Sub(c.good))
	}
	c.good = at
}

// take returns the longest gap and the loudest sample since it was asked last.
func (c *call) take() (gap time.Duration, loud float32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	gap, loud = c.gap, c.loud
	c.gap, c.loud = 0, 0
	return gap, loud
}

// waitGood waits until the tone is heard after a time.
func (c *call) waitGood(t *testing.T, after time.Time) {
	t.Helper()
	for begin := time.Now(); time.Since(begin) < stage.GiveUp; time.Sleep(5 * time.Millisecond) {
		c.mu.Lock()
		good := c.good
		c.mu.Unlock()
		if good.After(after) {
			return
		}
		select {
		case err := <-c.ended:
			t.Fatalf("the call was ended: %v", err)
		default:
		}
	}
	t.Fatalf("nothing is heard for %v", stage.GiveUp)
}

func loudest(x []float32) (peak float32) {
	for _, v := range x {
		peak = max(peak, v, -v)
	}
	return peak
}

// twoMics has a soft tone in the microphone that is cleaned, and a loud one in the default.
func twoMics(s *stage.Stage) {
	s.T.Helper()
	if err := s.AddMic("headset", 48000, 1); err != nil {
		s.T.Fatal(err)
	}
	s.PlayMic(soundserver.Sine(audioio.SampleRate, stage.ToneHz, stage.TonePeak))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.PlayLoop(ctx, "headset_sink", soundserver.Sine(audioio.SampleRate, 1000, otherPeak))
	}()
	s.T.Cleanup(func() { cancel(); <-done })
	stop := keepDefaultSource(s, "headset")
	s.T.Cleanup(stop)
}

// keepDefaultSource makes a microphone the default whenever PipeWire's session manager
// takes that back.
func keepDefaultSource(s *stage.Stage, name string) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			if _, source, err := s.Defaults(); err == nil && source != name {
				_ = s.SetDefaultSource(name) // or the next time
			}
			select {
			case <-ctx.Done():
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	return func() { cancel(); <-done }
}

// restarts is how often the daemon is restarted in one call; with all faults, more often.
func restarts() int {
	if os.Getenv(stage.AllFaults) != "" {
		return 20
	}
	return 4
}

// In a call the daemon is killed and told to stop, in turn, and started again at once: the
// same stream of the call goes on, and hears nothing of another microphone.
func TestRestartInCall(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		twoMics(s)
		args := []string{"--wait", "--strength", "off", "--device", soundserver.FakeMic}
		s.StartDaemon(args...)
		s.Await(stage.GiveUp, "there", func(st control.Status) bool { return st.Sink != "" })
		c := startCall(s)
		c.waitGood(t, time.Now())
		var gaps []time.Duration
		for n := range restarts() {
			c.take()
			_ = s.SignalDaemon([]syscall.Signal{syscall.SIGKILL, syscall.SIGTERM}[n%2]) // killed is an error
			s.StartDaemon(args...)
			s.Await(stage.GiveUp, "there", func(st control.Status) bool { return st.Sink != "" }) // until then the server plays what it holds
			c.waitGood(t, time.Now())
			gap, loud := c.take()
			if loud > rawPeak {
				t.Errorf("restart %d: the call hears another microphone: a peak of %.2f", n, loud)
			}
			gaps = append(gaps, gap.Round(time.Millisecond))
			time.Sleep(time.Duration(n%5) * 50 * time.Millisecond)
		}
		slices.Sort(gaps)
		t.Logf("GAP %s: without audio for %v", s.Kind, gaps)
		if median := gaps[len(gaps)/2]; median > restartGap {
			t.Errorf("without audio for %v, want %v", median, restartGap)
		}
	})
}

// The same while it is muted, with the daemon away for a while: the call hears nothing at all,
// and the microphone itself again when it is no longer muted.
func TestRestartWhileMuted(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		twoMics(s)
		args := []string{"--wait", "--strength", "off", "--device", soundserver.FakeMic}
		s.StartDaemon(args...)
		s.Await(stage.GiveUp, "there", func(st control.Status) bool { return st.Sink != "" })
		s.Post("/v1/mute", map[string]any{"on": true})
		time.Sleep(200 * time.Millisecond) // it fades
		c := startCall(s)
		s.Await(stage.GiveUp, "running", func(st control.Status) bool { return st.State == control.Running })
		for n := range restarts() {
			_ = s.SignalDaemon([]syscall.Signal{syscall.SIGTERM, syscall.SIGKILL}[n%2]) // killed is an error
			time.Sleep(time.Duration(n%4) * 300 * time.Millisecond)
			s.StartDaemon(args...)
			s.Await(stage.GiveUp, "running", func(st control.Status) bool { return st.State == control.Running })
			if _, loud := c.take(); loud > 1e-6 {
				t.Errorf("restart %d: a muted call hears something: a peak of %.2g", n, loud)
			}
		}
		s.Post("/v1/mute", map[string]any{"on": false})
		c.waitGood(t, time.Now())
	})
}

// What becomes of a call when the daemon ends for good: told to stop, it leaves the call on
// silence; a person who quits it ends the call's recording; and once nobody records, nothing
// is left.
func TestEndInCall(t *testing.T) {
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		twoMics(s)
		before := s.ModuleList()
		args := []string{"--wait", "--strength", "off", "--device", soundserver.FakeMic}
		s.StartDaemon(args...)
		s.Await(stage.GiveUp, "there", func(st control.Status) bool { return st.Sink != "" })
		c := startCall(s)
		c.waitGood(t, time.Now())
		if err := s.SignalDaemon(syscall.SIGTERM); err != nil {
			t.Errorf("told to stop: %v", err)
		}
		time.Sleep(200 * time.Millisecond) // what the server still holds is heard
		if _, loud := c.take(); loud > rawPeak {
			t.Errorf("told to stop: the call hears another microphone: a peak of %.2f", loud)
		}
		time.Sleep(time.Second)
		if _, loud := c.take(); loud > 0 {
			t.Errorf("without a daemon the call hears something: a peak of %.2g", loud)
		}
		s.StartDaemon(args...)
		c.waitGood(t, time.Now())
		c.take()
		if err := s.SignalDaemon(syscall.SIGINT); err != nil {
			t.Errorf("quit: %v", err)
		}
		select {
		case err := <-c.ended:
			c.ended <- err
			if err == nil || !strings.Contains(err.Error(), "ended the stream") {
				t.Errorf("the call ends with: %v", err)
			}
		case <-time.After(5 * time.Second):
			t.Error("stillmic was quit, and the call goes on")
		}
		if _, loud := c.take(); loud > rawPeak {
			t.Errorf("quit: the call hears another microphone: a peak of %.2f", loud)
		}
		if after := s.ModuleList(); !slices.Equal(after, before) {
			t.Errorf("modules were %q, are %q", before, after)
		}
	})
}
