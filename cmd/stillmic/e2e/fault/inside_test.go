//go:build linux

package fault

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
	"github.com/stillmic/stillmic/daemon"
	"github.com/stillmic/stillmic/daemon/config"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/demo"
	"github.com/stillmic/stillmic/daemon/device"
	"github.com/stillmic/stillmic/daemon/engine"
	"github.com/stillmic/stillmic/daemon/priority"
)

// inside runs the daemon within this process, around processors that can be told
// to misbehave, and waits until it runs.
func inside(s *stage.Stage, p, fallback engine.Processor) {
	s.T.Helper()
	for _, kv := range s.Env() {
		if name, value, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "XDG_") || strings.HasPrefix(name, "PULSE_") || name == "HOME" {
			s.T.Setenv(name, value)
		}
	}
	cfg := config.Default()
	d, err := daemon.New(daemon.Options{Config: cfg, Backend: device.Pulse{}, Wait: true, Log: zap.NewNop(), Version: "test",
		Model: daemon.SuppressorFactory{Name: "test", New: func() (engine.Processor, error) { return p, nil },
			Fallbacks: []daemon.SuppressorFactory{{Name: "smaller", New: func() (engine.Processor, error) { return fallback, nil }}}}})
	if err != nil {
		s.T.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	s.T.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			s.T.Error(err)
		}
		stage.Calm(s.T)
	})
	s.Await(stage.GiveUp, "running", func(st control.Status) bool { return st.State == control.Running })
}

// naughty passes sound on, one hop later, until it is told to panic or to dawdle.
type naughty struct {
	last         [audioio.BlockSize]float32
	panics, slow atomic.Bool
}

// newNaughty has two in a daemon, which a call hears; the second is the fallback.
func newNaughty(t *testing.T, s *stage.Stage) (f *faulty, n, fallback *naughty) {
	t.Helper()
	f = newFaulty(t, s)
	n, fallback = new(naughty), new(naughty)
	inside(f.Stage, n, fallback)
	f.back(t, time.Now())
	return f, n, fallback
}

func (n *naughty) Process(dst, src []float32) {
	if n.panics.Load() {
		panic("weights on fire")
	}
	if n.slow.Load() {
		time.Sleep(13 * time.Millisecond)
	}
	copy(dst, n.last[:])
	copy(n.last[:], src)
}
func (n *naughty) Delay() int                  { return audioio.BlockSize }
func (n *naughty) SetAttenuationLimit(float32) {}
func (n *naughty) SpeechProbability() float32  { return 0 }
func (n *naughty) Reset()                      { clear(n.last[:]) }

// A suppressor that panics in the middle of a call: the call goes on without it,
// a report lies on the disk for its owner alone, and 5 s later it is back.
func TestFaultPanic(t *testing.T) {
	everyFault(t)
	stage.EachServer(t, faultPanic)
}

func faultPanic(t *testing.T, s *stage.Stage) {
	f, n, _ := newNaughty(t, s)
	n.panics.Store(true)
	whole := time.Now()
	f.Await(stage.GiveUp, "degraded", func(st control.Status) bool {
		return st.State == control.Degraded && strings.Contains(st.Reason, "noise removal failed")
	})
	_, all := f.back(t, whole)
	t.Logf("RECOVERED panic in the suppressor (%s): audio goes on, heard %v after it", f.Kind, all.Round(time.Millisecond))
	reports, err := filepath.Glob(filepath.Join(f.RuntimeDir, "state", "stillmic", "fault-*.txt"))
	if err != nil || len(reports) != 1 {
		t.Fatalf("reports: %v, %v", reports, err)
	}
	text, err := os.ReadFile(reports[0])
	if err != nil || !strings.Contains(string(text), "weights on fire") || !strings.Contains(string(text), "naughty") {
		t.Errorf("the report says %q, %v", text, err)
	}
	if st, err := os.Stat(reports[0]); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the report: %v, %v", st.Mode(), err)
	}
	n.panics.Store(false)
	took := f.Await(stage.GiveUp, "running again", func(st control.Status) bool { return st.State == control.Running })
	t.Logf("cleaning again %v after the panic was over", took.Round(100*time.Millisecond))
}

// A machine that is too slow for the suppressor: late hops are counted, a smaller
// one takes over, then none, audio goes on, and all is back by itself.
func TestFaultOverload(t *testing.T) {
	everyFault(t)
	stage.EachServer(t, faultOverload)
}

func faultOverload(t *testing.T, s *stage.Stage) {
	f, n, fallback := newNaughty(t, s)
	n.slow.Store(true)
	smaller := f.Await(stage.GiveUp, "using the fallback", func(st control.Status) bool {
		return st.State == control.Degraded && strings.Contains(st.Reason, "too busy: a smaller network") && st.MissedDeadlines >= 20 && st.Model == "test" && st.InUse == "smaller"
	})
	fallback.slow.Store(true)
	through := f.Await(stage.GiveUp, "passing through", func(st control.Status) bool {
		return st.State == control.Degraded && strings.Contains(st.Reason, "too busy: noise removal pauses")
	})
	n.slow.Store(false)
	fallback.slow.Store(false)
	_, all := f.back(t, time.Now())
	back := f.Await(stage.GiveUp, "running again", func(st control.Status) bool { return st.State == control.Running })
	t.Logf("RECOVERED machine too slow (%s): the smaller network after %v of late hops, passing through after %v more, audio goes on (heard %v later), cleaning again %v later",
		f.Kind, smaller.Round(10*time.Millisecond), through.Round(10*time.Millisecond), all.Round(time.Millisecond), back.Round(100*time.Millisecond))
}

// After half a second's standstill, of the daemon or of the server, the delay is
// back at its base within 2 s, or below it.
func TestFaultDelayAfterStandstill(t *testing.T) {
	everyFault(t)
	stage.EachServer(t, func(t *testing.T, s *stage.Stage) {
		mic := soundserver.FakeMic
		if s.Kind == soundserver.PulseAudio {
			// The blocks of a null sink lie anew in time after each standstill.
			mic = driftingMic(t, s, 0)
		} else {
			s.PlayMic(soundserver.Noise(5*audioio.SampleRate, 0.3, 7))
		}
		s.RunDaemon("--strength", "off")
		for _, who := range []string{"daemon", "server"} {
			stage.UntilClean(t, func() string { return delayAfter(s, who, mic) })
		}
	})
}

// delayAfter stops one for 500 ms in the middle of a recording.
func delayAfter(s *stage.Stage, who, mic string) string {
	const before, standstill, settled, span = 6, 500 * time.Millisecond, 2, 4
	priority.Raise()
	defer stage.Calm(s.T)
	ended := make(chan error, 1)
	began := time.Now()
	var resumed atomic.Int64 // ns after began
	go func() {
		time.Sleep(before * time.Second)
		f := &faulty{Stage: s}
		if who == "daemon" {
			f.freezeDaemon(s.T, standstill)
		} else {
			f.freezeServer(s.T, standstill)
		}
		resumed.Store(int64(time.Since(began)))
		ended <- nil
	}()
	rec := s.RecordFor((before+settled+span+2)*time.Second, mic, pulse.MicName)
	<-ended
	offset := rec[0].Packets[0].At.Sub(began)
	base := demo.Lags(rec[0], rec[1], 3*time.Second, before-4)
	after := demo.Lags(rec[0], rec[1], time.Duration(resumed.Load())-offset+settled*time.Second, span-1)
	if len(base) == 0 || len(after) == 0 {
		return "too little was recorded"
	}
	slices.Sort(base)
	slices.Sort(after)
	from, to := base[len(base)/2], after[len(after)/2]
	s.T.Logf("RECOVERED delay after %v of standstill of the %s (%s): %.2f ms before, %.2f ms in the %d s that follow 2 s later (%.2f to %.2f)",
		standstill, who, s.Kind, from, to, span-1, after[0], after[len(after)-1])
	if to > from+5 { // a start may leave more than its base, which is then cut
		return "the delay is not back at its base"
	}
	return ""
}

// A microphone whose clock is 500 ppm off that of the machine: the delay stays
// within 5 ms of its base. In a minute 500 ppm are 30 ms. A server on another
// machine gets a null sink, which has a clock of its own.
func TestFaultClocksDrift(t *testing.T) {
	everyFault(t)
	for _, ppm := range []float64{500, -500} {
		for _, where := range []string{"server on this machine", "server over the network"} {
			t.Run(fmt.Sprintf("%+.0f ppm, %s", ppm, where), func(t *testing.T) {
				priority.Raise()
				s := &stage.Stage{Server: soundserver.StartPulseAudio(t), T: t}
				if where != "server on this machine" {
					s.OverNetwork()
				}
				mic := driftingMic(t, s, ppm)
				s.RunDaemon("--strength", "off")
				stage.UntilClean(t, func() string { return drifts(s, mic, where, ppm) })
			})
		}
	}
}

// drifts records for a minute and says so if the delay leaves its base.
func drifts(s *stage.Stage, mic, where string, ppm float64) string {
	const seconds = 60
	priority.Raise()
	rec := s.RecordFor(seconds*time.Second, mic, pulse.MicName)
	stage.Calm(s.T)
	lags := demo.Lags(rec[0], rec[1], 10*time.Second, seconds-11)
	if len(lags) < seconds/2 {
		return fmt.Sprintf("only %d seconds could be measured", len(lags))
	}
	median := func(x []float64) float64 {
		sorted := slices.Sorted(slices.Values(x))
		return sorted[len(sorted)/2]
	}
	base, worst := median(lags[:10]), 0.0
	for i := 0; i+10 <= len(lags); i++ {
		worst = max(worst, math.Abs(median(lags[i:i+10])-base))
	}
	s.T.Logf("RECOVERED clocks %+.0f ppm apart (%s, %s): delay %.2f ms at first, %.2f ms at the end, %.2f ms off at most (medians of 10 s)",
		ppm, s.Kind, where, base, median(lags[len(lags)-10:]), worst)
	if worst > 5 {
		s.T.Logf("delay of each second: %.1f", lags)
		return fmt.Sprintf("the delay was %.2f ms off its base", worst)
	}
	return ""
}

// driftingMic makes a microphone whose clock is that of its writer, and plays
// noise into it at 48 kHz and so many ppm more.
func driftingMic(t *testing.T, s *stage.Stage, ppm float64) (name string) {
	t.Helper()
	name = "drifting"
	path := filepath.Join(s.RuntimeDir, "drifting.fifo")
	if _, err := s.LoadModule("module-pipe-source", "source_name="+name+" file="+path+" format=float32le rate=48000 channels=1"); err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Open(path, syscall.O_RDWR|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetDefaultSource(name); err != nil {
		t.Fatal(err)
	}
	stop, ended := make(chan struct{}), make(chan struct{})
	noise := soundserver.Noise(5*audioio.SampleRate, 0.3, 7)
	go func() {
		defer close(ended)
		defer syscall.Close(fd)
		begin, sent := time.Now(), 0
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			for due := int(time.Since(begin).Seconds() * audioio.SampleRate * (1 + ppm*1e-6)); sent < due; {
				// 1024 samples are 4096 bytes, which go all or not at all.
				chunk := make([]float32, min(due-sent, 1024))
				for i := range chunk {
					chunk[i] = noise[(sent+i)%len(noise)]
				}
				_, _ = syscall.Write(fd, soundserver.Float32LE(chunk)) // nobody reads: it is lost
				sent += len(chunk)
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-ended })
	return name
}
