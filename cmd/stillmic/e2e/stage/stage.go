//go:build linux

// Package stage gives tests of the real program a private sound server, the daemon on it, and
// a browser.
package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stillmic/stillmic/audioio/pulse"
	"github.com/stillmic/stillmic/audioio/soundserver"
	"github.com/stillmic/stillmic/audioio/soundserver/child"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/priority"
)

// built is a folder for the program that the tests run.
var built = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "sm-program") })

// Main runs the tests of a package and removes the program that they ran.
func Main(m *testing.M) {
	code := m.Run()
	if dir, err := built(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// Program builds stillmic as it ships, once, and returns its path: without the race
// detector, which would make a frame take longer than it lasts.
var Program = sync.OnceValues(func() (string, error) {
	dir, err := built()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "stillmic")
	out, err := exec.Command("go", "build", "-o", path, "github.com/stillmic/stillmic/cmd/stillmic").CombinedOutput()
	if err != nil {
		return "", errors.Join(errors.New(string(out)), err)
	}
	return path, nil
})

// Stage is a private sound server with the daemon on it.
type Stage struct {
	*soundserver.Server
	T       *testing.T
	Daemon  *exec.Cmd
	program *child.Process // Daemon, of StartDaemon and StartCommand
	Remote  string         // PULSE_SERVER of the daemon, where it is not that of the server
}

// EachServer runs a test on PulseAudio and on PipeWire.
func EachServer(t *testing.T, test func(t *testing.T, s *Stage)) {
	for _, kind := range []soundserver.Kind{soundserver.PulseAudio, soundserver.PipeWire} {
		t.Run(string(kind), func(t *testing.T) {
			// Servers and daemon inherit the priority, so that a busy machine
			// does not fail them; the measuring afterwards gives it back.
			priority.Raise()
			t.Cleanup(func() { Calm(t) })
			test(t, &Stage{Server: soundserver.StartKind(t, kind), T: t})
		})
	}
}

// Lasting is how long something is to be tried: usual, or what a variable of the
// environment says.
func Lasting(t *testing.T, variable string, usual time.Duration) time.Duration {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return usual
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return d
}

// Calm gives the test process its normal priority back.
func Calm(t *testing.T) {
	t.Helper()
	if err := priority.Restore(); err != nil {
		t.Log(err)
	}
}

// OverNetwork has the daemon reach PulseAudio by TCP, as one on another machine
// does, which cannot open a FIFO of ours.
func (s *Stage) OverNetwork() {
	s.T.Helper()
	free, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		s.T.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	_ = free.Close() // the server is to have it
	if _, err := s.LoadModule("module-native-protocol-tcp",
		fmt.Sprintf("listen=127.0.0.1 port=%d auth-anonymous=1", port)); err != nil {
		s.T.Fatal(err)
	}
	s.Remote = fmt.Sprintf("tcp:127.0.0.1:%d", port)
}

// RunDaemon starts the daemon and waits until it runs.
func (s *Stage) RunDaemon(args ...string) {
	s.T.Helper()
	s.StartDaemon(args...)
	s.Await(20*time.Second, "running", func(st control.Status) bool { return st.State == control.Running })
}

// StartDaemon starts the daemon; the test ends it.
func (s *Stage) StartDaemon(args ...string) {
	s.T.Helper()
	exe, err := Program()
	if err != nil {
		s.T.Fatal(err)
	}
	s.StartCommand(append([]string{exe, "run"}, args...)...)
}

// StartCommand starts the daemon by a command that becomes it.
func (s *Stage) StartCommand(command ...string) {
	s.T.Helper()
	log, err := os.OpenFile(filepath.Join(s.RuntimeDir, "stillmic.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.T.Fatal(err)
	}
	defer log.Close()
	s.Daemon = exec.Command(command[0], command[1:]...)
	s.Daemon.Env = s.Env()
	if s.Remote != "" {
		s.Daemon.Env = append(s.Daemon.Env, "PULSE_SERVER="+s.Remote) // the last one counts
	}
	s.Daemon.Stderr = log
	p, err := child.Start(s.Daemon)
	if err != nil {
		s.T.Fatal(err)
	}
	s.program = p
	s.T.Cleanup(func() {
		p.End()
		if s.T.Failed() {
			s.T.Log(s.Logs())
		}
	})
}

// SignalDaemon sends a signal to the daemon and waits for its end.
func (s *Stage) SignalDaemon(sig syscall.Signal) error {
	s.T.Helper()
	if err := s.Daemon.Process.Signal(sig); err != nil {
		s.T.Fatal(err)
	}
	return s.DaemonEnds()
}

// DaemonEnds waits for the end of the daemon, which something else brings about, and returns what it ended by.
func (s *Stage) DaemonEnds() error {
	s.T.Helper()
	select {
	case <-s.program.Ended():
	case <-time.After(20 * time.Second):
		s.T.Fatal("the daemon lives on")
	}
	return s.program.Wait()
}

// Status asks the daemon.
func (s *Stage) Status() (st control.Status, err error) {
	return control.NewClient(filepath.Join(s.RuntimeDir, "stillmic")).Status(s.T.Context())
}

// Await waits until the status is as wanted and returns how long that took.
func (s *Stage) Await(most time.Duration, what string, ok func(control.Status) bool) time.Duration {
	s.T.Helper()
	begin := time.Now()
	for {
		st, err := s.Status()
		if err == nil && ok(st) {
			return time.Since(begin)
		}
		if time.Since(begin) > most {
			s.T.Fatalf("not %s after %v: %+v, %v", what, most, st, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Client talks to the control API, at any address.
func (s *Stage) Client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", control.SocketPath(filepath.Join(s.RuntimeDir, "stillmic")))
	}}}
}

// Post calls the control API.
func (s *Stage) Post(path string, body any) {
	s.T.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.T.Fatal(err)
	}
	resp, err := s.Client().Post("http://stillmic"+path, "application/json", bytes.NewReader(text))
	if err != nil {
		s.T.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		s.T.Fatalf("POST %s %s: %s", path, text, resp.Status)
	}
}

// ModuleList lists the modules of the server, by name and arguments.
func (s *Stage) ModuleList() []string {
	s.T.Helper()
	list, err := s.Modules()
	if err != nil {
		s.T.Fatal(err)
	}
	names := make([]string, len(list))
	for i, m := range list {
		names[i] = m.Name + " " + m.Args
	}
	return names
}

// PlayMic plays samples in a loop into the fake microphone until the test ends or
// stop is called.
func (s *Stage) PlayMic(samples []float32) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.PlayLoop(ctx, soundserver.FakeMicSink, samples) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil && s.T.Context().Err() == nil {
			s.T.Errorf("play: %v", err)
		}
	})
	s.T.Cleanup(stop)
	return stop
}

// RecordFor records sources for a time.
func (s *Stage) RecordFor(d time.Duration, sources ...string) []soundserver.Recording {
	s.T.Helper()
	ctx, cancel := context.WithTimeout(s.T.Context(), d+time.Minute)
	defer cancel()
	r, err := s.RecordAll(ctx, d, sources...)
	if err != nil {
		s.T.Fatal(err)
	}
	return r
}

// InCall has an application record the virtual microphone, as in a call, so that
// it is not suspended, and begin again when it vanishes.
func (s *Stage) InCall() (end func()) {
	ctx, stop := context.WithCancel(s.T.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_, _ = s.Record(ctx, pulse.MicName, time.Minute)
			time.Sleep(50 * time.Millisecond)
		}
	}()
	return func() {
		stop()
		<-done
	}
}
