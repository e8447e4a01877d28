//go:build linux

package pulse_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/internal/servertest"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
)

// TestSinkPathOnPulseAudio covers servers reached over a network, which cannot
// read our FIFO.
func TestSinkPathOnPulseAudio(t *testing.T) {
	s := soundserver.StartPulseAudio(t)
	p := dial(t, s)
	servertest.PlayTone(t, s, soundserver.FakeMicSink)
	m := publish(t, p, pulse.PublishOptions{Path: pulse.PathSink})
	passThrough(t, p, m)
	time.Sleep(time.Second)
	stalls := soundserver.WatchStalls(5 * time.Millisecond)
	x, err := s.Record(servertest.Timeout(t, 30*time.Second), m.Name(), 3*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	servertest.CheckTone(t, x[audioio.SampleRate:], stalls.Stop())
	t.Logf("stats %+v, fill %+v", m.Stats(), m.Fill())
}

func TestFIFOIsPrivate(t *testing.T) {
	s := soundserver.StartPulseAudio(t)
	p := dial(t, s)
	dir := filepath.Join(t.TempDir(), "run")
	m := publish(t, p, pulse.PublishOptions{Dir: dir})
	path := filepath.Join(dir, "stillmic.fifo")
	st, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := st.Mode(); mode&os.ModeNamedPipe == 0 || mode.Perm() != 0o600 {
		t.Errorf("the FIFO's mode is %v, want 0600", mode)
	}
	if st, err := os.Stat(dir); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("its folder: %v, %v; want mode 0700", st.Mode(), err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the FIFO is still there: %v", err)
	}
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Publish(pulse.PublishOptions{Dir: dir}); err == nil || !strings.Contains(err.Error(), "in the way") {
		t.Errorf("publishing over a file: %v", err)
	}
}

// TestListenerHearsNoOldAudio: what was written while nobody listened must not
// be heard by who comes later, with the server's suspend-on-idle at work.
func TestListenerHearsNoOldAudio(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, p *pulse.Server) {
		if s.Kind == soundserver.PulseAudio {
			if _, err := s.LoadModule("module-suspend-on-idle", "timeout=1"); err != nil {
				t.Fatal(err)
			}
		}
		m := publish(t, p, pulse.PublishOptions{})
		tone := soundserver.Sine(10*audioio.BlockSize, 1000, servertest.TonePeak)
		stop, done := make(chan struct{}), make(chan struct{})
		loud := make(chan bool, 1)
		go func() {
			defer close(done)
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			on := true
			var b audioio.Block
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				case on = <-loud:
				case <-tick.C:
				}
				b = audioio.Block{}
				if on {
					copy(b[:], tone[i%10*audioio.BlockSize:])
				}
				if err := m.WriteBlock(&b); err != nil {
					t.Error(err)
					return
				}
			}
		}()
		time.Sleep(2500 * time.Millisecond) // the tone, until the source is suspended
		loud <- false
		time.Sleep(500 * time.Millisecond) // what a live queue may hold has passed
		x, err := s.Record(servertest.Timeout(t, 20*time.Second), m.Name(), time.Second)
		close(stop)
		<-done
		if err != nil {
			t.Fatal(err)
		}
		if level := soundserver.RMS(x); level > 1e-4 {
			t.Errorf("a new listener hears old audio: RMS %.5f", level)
		}
		t.Logf("stats %+v", m.Stats())
	})
}

// TestSuspendedSourceComesBack: with suspend-on-idle, the second recording
// after a pause must be as good as the first, and not later.
func TestSuspendedSourceComesBack(t *testing.T) {
	s := soundserver.StartPulseAudio(t)
	if _, err := s.LoadModule("module-suspend-on-idle", "timeout=1"); err != nil {
		t.Fatal(err)
	}
	p := dial(t, s)
	servertest.PlayLoop(t, s, soundserver.FakeMicSink, soundserver.Noise(5*audioio.SampleRate, 0.3, 1))
	m := publish(t, p, pulse.PublishOptions{})
	passThrough(t, p, m)
	for range 2 {
		time.Sleep(2500 * time.Millisecond)
		stalls := soundserver.WatchStalls(5 * time.Millisecond)
		x, y, err := s.RecordPair(servertest.Timeout(t, 20*time.Second), soundserver.FakeMic, m.Name(), 2*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		lag, corr := soundserver.Lag(x[len(x)/4:], y[len(y)/4:], audioio.SampleRate/2)
		t.Logf("adds %.2f ms, correlation %.3f; machine: %v", lag/48, corr, stalls.Stop())
		if corr < 0.5 || lag > 60*48 {
			t.Errorf("lag %.1f ms, correlation %.3f after a suspension", lag/48, corr)
		}
	}
}

func TestDefaultsStay(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, p *pulse.Server) {
		sinks, err := s.Sinks()
		if err != nil {
			t.Fatal(err)
		}
		m := publish(t, p, pulse.PublishOptions{})
		time.Sleep(500 * time.Millisecond) // a session manager has its say
		sink, source, err := s.Defaults()
		if err != nil {
			t.Fatal(err)
		}
		if sink != soundserver.Speakers || source != soundserver.FakeMic {
			t.Errorf("defaults are %q and %q", sink, source)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		if now, err := s.Sinks(); err != nil || !slices.Equal(now, sinks) {
			t.Errorf("sinks %v, error %v; before: %v", now, err, sinks)
		}
	})
}

// While the session manager stands still, a null sink can be made, but nothing plays
// into it. That crashed once.
func TestPublishWithoutSessionManager(t *testing.T) {
	s := soundserver.StartKind(t, soundserver.PipeWire)
	p := dial(t, s)
	before := modules(t, s)
	manager := s.Pids()["wireplumber"]
	if err := syscall.Kill(manager, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	_, err := p.Publish(pulse.PublishOptions{})
	if cerr := syscall.Kill(manager, syscall.SIGCONT); cerr != nil {
		t.Fatal(cerr)
	}
	if !errors.Is(err, audioio.ErrServerGone) || !strings.Contains(err.Error(), "WirePlumber") {
		t.Errorf("without a session manager: %v", err)
	}
	if after := modules(t, s); !slices.Equal(after, before) {
		t.Errorf("modules %v left, %v before", after, before)
	}
	publish(t, p, pulse.PublishOptions{})
}

// A server that loads no module, here for a path that its arguments cannot quote, gives no
// reason; what it may be is said in its place.
func TestPublishWithoutModules(t *testing.T) {
	s := soundserver.StartPulseAudio(t)
	p := dial(t, s)
	_, err := p.Publish(pulse.PublishOptions{Dir: filepath.Join(t.TempDir(), "a\"b")})
	if err == nil || !strings.Contains(err.Error(), "--disallow-module-loading") {
		t.Errorf("a refused module: %v", err)
	}
	if left := modules(t, s); len(left) > 0 {
		t.Errorf("modules %v left", left)
	}
	publish(t, p, pulse.PublishOptions{})
}
