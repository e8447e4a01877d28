//go:build linux

package fault

import (
	"bytes"
	"errors"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/cmd/stillmic/e2e/stage"
)

// Faults of the daemon itself.
var daemonFaults = []fault{
	{name: "daemon stands still for half a second", quick: true, do: func(t *testing.T, s *faulty) time.Time {
		return s.freezeDaemon(t, 500*time.Millisecond)
	}},
	{name: "daemon stands still for 60 s, as in suspend", do: func(t *testing.T, s *faulty) time.Time {
		return s.freezeDaemon(t, time.Minute)
	}},
	{name: "daemon killed and started again", quick: true, do: func(t *testing.T, s *faulty) time.Time {
		s.T = t
		if err := s.SignalDaemon(syscall.SIGKILL); err == nil {
			t.Fatal("killed without an error")
		}
		time.Sleep(500 * time.Millisecond) // what the server still holds is heard
		s.startFor("--wait", "--strength", "off")
		return time.Now()
	}},
	{name: "a second daemon is started", quick: true, do: func(t *testing.T, s *faulty) time.Time {
		exe, err := stage.Program()
		if err != nil {
			t.Fatal(err)
		}
		second := exec.Command(exe, "run")
		second.Env = s.Env()
		out, err := second.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 || bytes.Count(out, []byte("\n")) != 1 {
			t.Errorf("a second daemon ends with %v and says %q; want code 1 and one line", err, out)
		}
		return time.Now()
	}},
	{name: "200 quick restarts", do: func(t *testing.T, s *faulty) time.Time {
		s.T = t
		for n := range 200 {
			sig := syscall.SIGTERM
			if n%2 == 0 {
				sig = syscall.SIGKILL
			}
			// Told to stop before it listens to signals, it ends at once, too.
			if err := s.SignalDaemon(sig); err != nil && !killed(err) {
				t.Fatalf("restart %d: %v after %v", n, err, sig)
			}
			s.startFor("--wait", "--strength", "off")
			time.Sleep(time.Duration(n%7) * 10 * time.Millisecond)
		}
		return time.Now()
	}},
	{name: "the daemon's file descriptors are used up", quick: true, do: func(t *testing.T, s *faulty) time.Time {
		return s.useUpFiles(t)
	}},
}

// killed reports whether a program was ended by a signal.
func killed(err error) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signaled()
}

// startFor starts the daemon again within a sub-test; the stage's own clean-up
// ends it.
func (f *faulty) startFor(args ...string) {
	t := f.T
	f.T = f.outer
	f.StartDaemon(args...)
	f.T = t
}

// freezeDaemon stops the daemon for a time.
func (f *faulty) freezeDaemon(t *testing.T, d time.Duration) time.Time {
	t.Helper()
	for _, sig := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGCONT} {
		if err := f.Daemon.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if sig == syscall.SIGSTOP {
			time.Sleep(d)
		}
	}
	return time.Now()
}

// useUpFiles leaves the daemon no file descriptor, kills the server meanwhile,
// which it then cannot connect to, and gives them back.
func (f *faulty) useUpFiles(t *testing.T) time.Time {
	t.Helper()
	pid := f.Daemon.Process.Pid
	var normal unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &normal); err != nil {
		t.Fatal(err)
	}
	none := normal
	none.Cur = 3
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &none, nil); err != nil {
		t.Fatal(err)
	}
	f.back(t, time.Now()) // audio needs no more of them
	if err := f.Restart(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond)
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &normal, nil); err != nil {
		t.Fatal(err)
	}
	whole := time.Now()
	f.back(t, whole)
	f.T = t
	f.running(t)
	return whole
}

// Faults of programs that use it.
var clientFaults = []fault{
	{name: "a call records and never reads", quick: true, do: func(t *testing.T, s *faulty) time.Time {
		stop, err := s.RecordUnread(pulse.MicName)
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		time.Sleep(2 * time.Second)
		return time.Now()
	}},
	{name: "a client of the control API never reads", quick: true, do: func(t *testing.T, s *faulty) time.Time {
		return s.neverReads(t, time.Second)
	}},
	{name: "a hundred clients of the control API never read for 20 s", do: func(t *testing.T, s *faulty) time.Time {
		return s.neverReads(t, 20*time.Second)
	}},
}

// neverReads asks for what never ends, a hundred times, and reads nothing.
func (f *faulty) neverReads(t *testing.T, d time.Duration) time.Time {
	t.Helper()
	for n := range 100 {
		c, err := f.socket()
		if err != nil {
			t.Fatalf("connection %d: %v", n, err)
		}
		defer c.Close()
		path := []string{"/v1/events", "/v1/listen?track=clean"}[n%2]
		if _, err := c.Write([]byte("GET " + path + " HTTP/1.1\r\nHost: stillmic\r\n\r\n")); err != nil {
			t.Fatalf("connection %d: %v", n, err)
		}
	}
	time.Sleep(d)
	whole := time.Now()
	f.T = t
	f.running(t) // it still answers
	return whole
}
