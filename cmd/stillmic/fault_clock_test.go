//go:build linux && amd64

package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// The wall clock jumps by a day, forwards and back beyond where it was: nobody in
// the call hears it, timers go on, and the log follows the clock.
func TestFaultClockJump(t *testing.T) {
	everyFault(t)
	eachServer(t, faultClockJump)
}

func faultClockJump(t *testing.T, s *stage) {
	f := newFaulty(t, s)
	clock := s.startWithClock("--wait", "--strength", "off")
	f.back(t, time.Now())
	for _, by := range []time.Duration{26 * time.Hour, -50 * time.Hour} {
		clock.jump(by)
		whole := time.Now()
		_, all := f.back(t, whole)
		t.Logf("RECOVERED wall clock jumps by %v (%s): heard %v after it", by, s.Kind, all.Round(time.Millisecond))
		// What hears: a gap of a timer's length would show within seconds.
		for since := whole; time.Since(whole) < 3*time.Second; since = time.Now() {
			if _, all := f.back(t, since); all > recovery {
				t.Errorf("silence of %v after a jump by %v", all, by)
			}
		}
		s.post("/v1/bypass", map[string]any{"on": by > 0})
	}
	looked := clock.asked.Load()
	s.signalTraced(clock, syscall.SIGTERM)
	last := lastLogged(t, filepath.Join(s.RuntimeDir, "stillmic.log"))
	if off := time.Until(last).Round(time.Hour); off != -24*time.Hour {
		t.Errorf("the last line of the log is %v from now, the clock of the daemon %v; it looked %d times", off, -24*time.Hour, looked)
	}
	f.closeEars()
	f.tidy(t)
}

// startWithClock starts the daemon with a wall clock of its own.
func (s *stage) startWithClock(args ...string) *wallClock {
	s.t.Helper()
	exe, err := program()
	if err != nil {
		s.t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(s.RuntimeDir, "stillmic.log"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	s.daemon = exec.Command(exe, append([]string{"run"}, args...)...)
	s.daemon.Env = s.Env()
	s.daemon.Stderr = log
	clock, err := startWithClock(s.daemon)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		clock.kill(s.daemon.Process)
		if s.t.Failed() {
			s.t.Log(s.Logs())
		}
	})
	return clock
}

// signalTraced ends the daemon, which must end well.
func (s *stage) signalTraced(clock *wallClock, sig syscall.Signal) {
	s.t.Helper()
	if err := s.daemon.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
	select {
	case err := <-clock.ended:
		clock.ended <- err
		if err != nil {
			s.t.Error(err)
		}
	case <-time.After(giveUp):
		s.t.Fatalf("the daemon lives on after %v", sig)
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
