//go:build linux

package fault

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon/control"
)

// fault is one thing that goes wrong. do brings it about, and returns when all
// is there again that the daemon cannot bring back itself.
type fault struct {
	name  string
	quick bool
	only  soundserver.Kind // "": every server
	do    func(t *testing.T, s *faulty) (whole time.Time)
}

// TestFaults does one fault after the other to one daemon and measures how long
// the call is without audio once server and microphone are there. A fault that
// took too long is done again: a busy machine may be late, it is not each time.
func TestFaults(t *testing.T) {
	all := os.Getenv(stage.AllFaults) != ""
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		f := newFaulty(t, s)
		before := s.ModuleList()
		f.RunDaemon("--wait", "--strength", "off")
		f.back(t, time.Now())
		for _, fault := range slices.Concat(serverFaults, deviceFaults, daemonFaults, clientFaults) {
			if fault.only != "" && fault.only != s.Kind || !fault.quick && !all {
				continue
			}
			t.Run(strings.ReplaceAll(fault.name, " ", "_"), func(t *testing.T) {
				stage.UntilClean(t, func() string {
					took, all, silent := f.wait(fault.do(t, f))
					if silent != "" {
						return silent
					}
					t.Logf("RECOVERED %s (%s): audio back after %v, %v after the microphone itself", fault.name, s.Kind, all.Round(time.Millisecond), took.Round(time.Millisecond))
					if took > stage.Recovery {
						return "audio back after " + took.String()
					}
					return ""
				})
			})
		}
		f.hangUp(t)
		if err := f.SignalDaemon(syscall.SIGTERM); err != nil {
			t.Errorf("told to stop: %v", err)
		}
		if after := s.ModuleList(); !slices.Equal(stage.ModuleNames(after), stage.ModuleNames(before)) {
			t.Errorf("modules were %q, are %q", before, after)
		}
		f.tidy(t)
	})
}

// faulty is a stage with a call on the virtual microphone, another on the real
// one, and a tone that is played whatever becomes of the server.
type faulty struct {
	*stage.Stage
	outer    *testing.T // the test of all faults
	mic, out *ear
	cancel   context.CancelFunc
}

// socket connects to the control socket.
func (f *faulty) socket() (net.Conn, error) {
	return net.Dial("unix", control.SocketPath(filepath.Join(f.RuntimeDir, "stillmic")))
}

func newFaulty(t *testing.T, s *stage.Stage) *faulty {
	ctx, cancel := context.WithCancel(context.Background())
	f := &faulty{Stage: s, outer: t, mic: &ear{}, out: &ear{}, cancel: cancel}
	tone := soundserver.Sine(audioio.SampleRate, stage.ToneHz, stage.TonePeak)
	always := func(do func()) chan struct{} {
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for ctx.Err() == nil {
				do() // an error is what is being tested
				select {
				case <-ctx.Done():
				case <-time.After(10 * time.Millisecond):
				}
			}
		}()
		return ended
	}
	ended := []chan struct{}{
		always(func() { _ = s.PlayLoop(ctx, soundserver.FakeMicSink, tone) }),
		always(func() { _ = s.Listen(ctx, f.mic.hear, soundserver.FakeMic) }),
		always(func() { _ = s.Listen(ctx, f.out.hear, pulse.MicName) }),
	}
	f.cancel = func() {
		cancel()
		for _, e := range ended {
			<-e
		}
	}
	t.Cleanup(f.closeEars)
	return f
}

// closeEars ends the calls and the tone.
func (f *faulty) closeEars() { f.cancel() }

// hangUp ends the calls before the daemon is told to stop, which would leave the device to them. The
// server takes a moment to see that a client has gone.
func (f *faulty) hangUp(t *testing.T) {
	t.Helper()
	f.closeEars()
	f.T = t
	f.Await(stage.GiveUp, "recorded by nobody", func(st control.Status) bool { return st.Listeners == 0 })
}

// ear hears when the tone was there last.
type ear struct{ good atomic.Int64 }

func (e *ear) hear(_ int, x []float32, at time.Time) {
	// The tone's RMS is 0.3/sqrt(2) = 0.21; 240 samples hold 2.2 periods. PipeWire
	// makes a stereo microphone 3 dB louder when it mixes it down.
	if r := soundserver.RMS(x); len(x) >= 240 && r > 0.17 && r < 0.35 {
		e.good.Store(at.UnixNano())
	}
}

// heardAfter returns when the tone was heard after a time; false: not yet.
func (e *ear) heardAfter(whole time.Time) (time.Time, bool) {
	at := time.Unix(0, e.good.Load())
	return at, at.After(whole)
}

// back waits until the call hears the tone after all was there again, and
// returns how long that took, all of it and from when a client hears the tone
// that records the microphone itself: a null sink takes up to 2 s to wake.
func (f *faulty) back(t *testing.T, whole time.Time) (took, all time.Duration) {
	t.Helper()
	took, all, silent := f.wait(whole)
	if silent != "" {
		t.Fatalf("%s\n%s", silent, f.Logs())
	}
	return took, all
}

// wait is back for who can do it again; silent says who is not heard.
func (f *faulty) wait(whole time.Time) (took, all time.Duration, silent string) {
	var mic, out time.Time
	for mic.IsZero() || out.IsZero() {
		if at, ok := f.mic.heardAfter(whole); ok && mic.IsZero() {
			mic = at
		}
		if at, ok := f.out.heardAfter(whole); ok && out.IsZero() {
			out = at
		}
		if time.Since(whole) > stage.GiveUp {
			// PipeWire's session manager at times forgets to connect a device.
			return 0, 0, fmt.Sprintf("no audio for %v: the microphone itself heard: %v, Stillmic Microphone heard: %v", stage.GiveUp, !mic.IsZero(), !out.IsZero())
		}
		time.Sleep(time.Millisecond)
	}
	return max(min(out.Sub(whole), out.Sub(mic)), 0), out.Sub(whole), ""
}

// running waits for the daemon.
func (f *faulty) running(t *testing.T) {
	t.Helper()
	f.T = t
	f.Await(stage.GiveUp, "running", func(st control.Status) bool { return st.State == control.Running })
}

// tidy wants nothing left of a daemon that has ended.
func (f *faulty) tidy(t *testing.T) {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(f.RuntimeDir, "stillmic", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range list {
		// The lock, whose removal could let two in, and what is remembered from
		// log-in to log-out stay on purpose.
		switch filepath.Base(path) {
		case "control.lock", "session.json", "token", "page":
		default:
			t.Errorf("left behind: %s", path)
		}
	}
}
