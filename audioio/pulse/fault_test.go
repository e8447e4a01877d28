//go:build linux

package pulse_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio"
	"github.com/stillmic/stillmic/audioio/internal/servertest"
	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
)

// childEnv makes the test binary a daemon that publishes and waits to be killed.
const childEnv = "STILLMIC_TEST_PUBLISH"

func TestMain(m *testing.M) {
	if server := os.Getenv(childEnv); server != "" {
		publishForever(server)
	}
	os.Exit(m.Run())
}

func publishForever(server string) {
	fail := func(err error) {
		os.Stdout.WriteString("child: " + err.Error() + "\n")
		os.Exit(1)
	}
	p, err := pulse.Dial(context.Background(), pulse.Options{Server: server})
	if err != nil {
		fail(err)
	}
	m, err := p.Publish(pulse.PublishOptions{Dir: os.Getenv("XDG_RUNTIME_DIR")})
	if err != nil {
		fail(err)
	}
	os.Stdout.WriteString("published\n")
	for {
		if err := m.WriteBlock(new(audioio.Block)); err != nil {
			fail(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestStaleDeviceIsRemoved(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, p *pulse.Server) {
		child := exec.Command(os.Args[0])
		child.Env = append(s.Env(), childEnv+"="+s.PulseServer)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		line := make([]byte, 200)
		n, _ := out.Read(line)
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // it was killed; that is what it says
		if got := string(line[:n]); !strings.HasPrefix(got, "published") {
			t.Fatalf("the child said %q", got)
		}
		left := modules(t, s)
		if len(left) == 0 {
			t.Fatal("no module is left of the killed process; the test proves nothing")
		}
		// One that only looks alike must stay.
		if _, err := s.LoadModule("module-null-sink", "sink_name=other sink_properties=stillmic.owner=stillmic2"); err != nil {
			t.Fatal(err)
		}
		removed, err := p.Cleanup(pulse.MicName)
		if err != nil || removed != len(left) {
			t.Errorf("removed %d of %v, error %v", removed, left, err)
		}
		if now := modules(t, s); len(now) != 1 {
			t.Errorf("modules now: %v, want the one that looks alike", now)
		}
		// The next daemon takes over.
		m := publish(t, p, pulse.PublishOptions{})
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestPublishTakesOver(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, p *pulse.Server) {
		publish(t, p, pulse.PublishOptions{})
		want := len(modules(t, s))
		second := dial(t, s)
		m := publish(t, second, pulse.PublishOptions{})
		if got := modules(t, s); len(got) != want {
			t.Errorf("modules %v, want %d", got, want)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A microphone whose modules went, the null sink's first, as they do when PipeWire ends and its pulse server
// stays, and that was made again, is adopted, too: the call goes on.
func TestAdoptsWhatWasMadeAgain(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, p *pulse.Server) {
		first := publish(t, p, pulse.PublishOptions{})
		list, err := s.Modules()
		if err != nil {
			t.Fatal(err)
		}
		for _, module := range list {
			if strings.Contains(module.Args, "stillmic.owner") {
				if err := s.UnloadModule(module.Index); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		m := publish(t, p, pulse.PublishOptions{})
		call(t, s)
		_, before := recordedBy(t, s)
		if gone, err := m.Withdraw(false); gone || err != nil {
			t.Fatalf("the microphone of a call is gone: %v, %v", gone, err)
		}
		next := publish(t, dial(t, s), pulse.PublishOptions{})
		if on, stream := recordedBy(t, s); on != pulse.MicName || stream != before {
			t.Errorf("then stream %d records %q, want %d to go on with %q", stream, on, before, pulse.MicName)
		}
		if err := next.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestDeviceRemoved(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, p *pulse.Server) {
		src := capture(t, p, soundserver.FakeMic)
		servertest.ReadBlocks(t, src, 10)
		begin := time.Now()
		if err := s.RemoveMic(soundserver.FakeMic); err != nil {
			t.Fatal(err)
		}
		wantEnd(t, src, audioio.ErrDeviceGone, begin)
	})
}

// wantEnd reads until the source ends, and wants it to end soon and so.
func wantEnd(t *testing.T, src audioio.Source, want error, begin time.Time) {
	t.Helper()
	var b audioio.Block
	for time.Since(begin) < 10*time.Second {
		err := src.ReadBlock(&b)
		if err == nil {
			continue
		}
		t.Logf("%v after %v", err, time.Since(begin).Round(time.Millisecond))
		if !errors.Is(err, want) {
			t.Errorf("error %v, want %v", err, want)
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("it took %v", took)
		}
		return
	}
	t.Error("the source goes on")
}

func TestServerKilled(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, p *pulse.Server) {
		src := capture(t, p, "")
		m := publish(t, p, pulse.PublishOptions{})
		servertest.ReadBlocks(t, src, 10)
		begin := time.Now()
		s.Kill()
		wantEnd(t, src, audioio.ErrServerGone, begin)
		for e := range p.Events() { // ends by being closed
			if e.Kind == audioio.EventServerGone {
				t.Logf("%v after %v", e.Kind, time.Since(begin).Round(time.Millisecond))
			}
		}
		if _, err := p.Devices(); !errors.Is(err, audioio.ErrServerGone) {
			t.Errorf("devices: %v, want ErrServerGone", err)
		}
		if err := m.WriteBlock(new(audioio.Block)); !errors.Is(err, audioio.ErrServerGone) {
			t.Errorf("write: %v, want ErrServerGone", err)
		}
		if err := m.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := s.Restart(); err != nil {
			t.Fatal(err)
		}
		again := dial(t, s)
		publish(t, again, pulse.PublishOptions{})
	})
}

func TestStoppedServerDoesNotHang(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, p *pulse.Server) {
		m := publish(t, p, pulse.PublishOptions{})
		if err := s.Pause(); err != nil {
			t.Fatal(err)
		}
		var worst time.Duration
		for range 200 { // 2 s of audio at once: far more than fits
			begin := time.Now()
			if err := m.WriteBlock(new(audioio.Block)); err != nil {
				t.Fatal(err)
			}
			worst = max(worst, time.Since(begin))
		}
		t.Logf("slowest write to a stopped server: %v", worst)
		if worst > 5*time.Second {
			t.Errorf("a write took %v", worst)
		}
		if q := m.Fill().Queued; q > audioio.SampleRate/10 {
			t.Errorf("%d samples queued; stale audio is to be dropped", q)
		}
		if _, err := p.Devices(); !errors.Is(err, audioio.ErrServerGone) {
			t.Errorf("devices: %v, want ErrServerGone", err)
		}
		if err := s.Resume(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(200 * time.Millisecond)
		if _, err := p.Devices(); err != nil {
			t.Errorf("devices after resuming: %v", err)
		}
	})
}

func TestMicRemovedUnderUs(t *testing.T) {
	eachServer(t, func(t *testing.T, s *soundserver.Server, p *pulse.Server) {
		m := publish(t, p, pulse.PublishOptions{})
		other := dial(t, s)
		if _, err := other.Cleanup(pulse.MicName); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		var err error
		for err == nil && time.Since(begin) < 10*time.Second {
			err = m.WriteBlock(new(audioio.Block))
			time.Sleep(time.Millisecond)
		}
		t.Logf("%v after %v", err, time.Since(begin).Round(time.Millisecond))
		if !errors.Is(err, audioio.ErrDeviceGone) {
			t.Errorf("write: %v, want ErrDeviceGone", err)
		}
		// Somebody unloaded our modules: closing must still work.
		if err := m.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
}

func TestCloseWakesReader(t *testing.T) {
	s := soundserver.StartPulseAudio(t)
	p := dial(t, s)
	src, err := p.OpenSource("")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Pause(); err != nil { // no audio comes any more
		t.Fatal(err)
	}
	defer s.Resume() //nolint:errcheck // it is killed anyway
	time.AfterFunc(300*time.Millisecond, func() { src.Close() })
	var b audioio.Block
	for err == nil {
		err = src.ReadBlock(&b)
	}
	if !errors.Is(err, audioio.ErrClosed) {
		t.Errorf("error %v, want ErrClosed", err)
	}
}
