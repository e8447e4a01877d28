//go:build linux && amd64

package fault

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
)

// The wall clock jumps by a day, forwards and back beyond where it was: nobody in
// the call hears it, timers go on, and the log follows the clock.
func TestFaultClockJump(t *testing.T) {
	everyFault(t)
	stage.EachServer(t, faultClockJump)
}

func faultClockJump(t *testing.T, s *stage.Stage) {
	f := newFaulty(t, s)
	clock := startDaemonWithClock(s, "--wait", "--strength", "off")
	f.back(t, time.Now())
	for _, by := range []time.Duration{26 * time.Hour, -50 * time.Hour} {
		clock.jump(by)
		whole := time.Now()
		_, all := f.back(t, whole)
		t.Logf("RECOVERED wall clock jumps by %v (%s): heard %v after it", by, s.Kind, all.Round(time.Millisecond))
		// What hears: a gap of a timer's length would show within seconds.
		for since := whole; time.Since(whole) < 3*time.Second; since = time.Now() {
			if _, all := f.back(t, since); all > stage.Recovery {
				t.Errorf("silence of %v after a jump by %v", all, by)
			}
		}
		s.Post("/v1/bypass", map[string]any{"on": by > 0})
	}
	looked := clock.asked.Load()
	f.hangUp(t)
	signalTraced(s, clock, syscall.SIGTERM)
	last := lastLogged(t, filepath.Join(s.RuntimeDir, "stillmic.log"))
	if off := time.Until(last).Round(time.Hour); off != -24*time.Hour {
		t.Errorf("the last line of the log is %v from now, the clock of the daemon %v; it looked %d times", off, -24*time.Hour, looked)
	}
	f.tidy(t)
}

// startWithClock starts the daemon with a wall clock of its own.
func startDaemonWithClock(s *stage.Stage, args ...string) *wallClock {
	s.T.Helper()
	exe, err := stage.Program()
	if err != nil {
		s.T.Fatal(err)
	}
	log, err := os.Create(filepath.Join(s.RuntimeDir, "stillmic.log"))
	if err != nil {
		s.T.Fatal(err)
	}
	defer log.Close()
	s.Daemon = exec.Command(exe, append([]string{"run"}, args...)...)
	s.Daemon.Env = s.Env()
	s.Daemon.Stderr = log
	clock, err := startWithClock(s.Daemon)
	if err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(func() {
		clock.kill(s.Daemon.Process)
		if s.T.Failed() {
			s.T.Log(s.Logs())
		}
	})
	return clock
}

// signalTraced ends the daemon, which must end well.
func signalTraced(s *stage.Stage, clock *wallClock, sig syscall.Signal) {
	s.T.Helper()
	if err := s.Daemon.Process.Signal(sig); err != nil {
		s.T.Fatal(err)
	}
	select {
	case err := <-clock.ended:
		clock.ended <- err
		if err != nil {
			s.T.Error(err)
		}
	case <-time.After(stage.GiveUp):
		s.T.Fatalf("the daemon lives on after %v", sig)
	}
}

// lastLogged returns the time of the last line of a log.
func lastLogged(t *testing.T, path string) time.Time {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var line struct{ TS time.Time }
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("%v in %s", err, lines.Text())
		}
	}
	return line.TS
}
