//go:build linux

package main

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
	"github.com/stillmic/stillmic/daemon"
	"github.com/stillmic/stillmic/daemon/control"
	"github.com/stillmic/stillmic/daemon/priority"
)

// program builds stillmic as it ships, once: without the race detector, which
// would make a frame take longer than it lasts.
var program = sync.OnceValues(func() (string, error) {
	dir, err := shared()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "stillmic")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", errors.Join(errors.New(string(out)), err)
	}
	return path, nil
})

// stage is a private sound server with the daemon on it.
type stage struct {
	*soundserver.Server
	t      *testing.T
	daemon *exec.Cmd
	ended  chan error
	remote string // PULSE_SERVER of the daemon, where it is not that of the server
}

// eachServer runs a test on PulseAudio and on PipeWire.
func eachServer(t *testing.T, test func(t *testing.T, s *stage)) {
	for _, kind := range []soundserver.Kind{soundserver.PulseAudio, soundserver.PipeWire} {
		t.Run(string(kind), func(t *testing.T) {
			// Servers and daemon inherit the priority, so that a busy machine
			// does not fail them; the measuring afterwards gives it back.
			priority.Raise()
			t.Cleanup(func() { calm(t) })
			test(t, &stage{Server: soundserver.StartKind(t, kind), t: t})
		})
	}
}

// lasting is how long something is to be tried: usual, or what a variable of the
// environment says.
func lasting(t *testing.T, variable string, usual time.Duration) time.Duration {
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

// calm gives the test process its normal priority back.
func calm(t *testing.T) {
	t.Helper()
	if err := priority.Restore(); err != nil {
		t.Log(err)
	}
}

// overNetwork has the daemon reach PulseAudio by TCP, as one on another machine
// does, which cannot open a FIFO of ours.
func (s *stage) overNetwork() {
	s.t.Helper()
	free, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	_ = free.Close() // the server is to have it
	if _, err := s.LoadModule("module-native-protocol-tcp", fmt.Sprintf("listen=127.0.0.1 port=%d auth-anonymous=1", port)); err != nil {
		s.t.Fatal(err)
	}
	s.remote = fmt.Sprintf("tcp:127.0.0.1:%d", port)
}

// run starts the daemon and waits until it runs.
func (s *stage) run(args ...string) {
	s.t.Helper()
	s.start(args...)
	s.await(20*time.Second, "running", func(st daemon.Status) bool { return st.State == daemon.Running })
}

// start starts the daemon; the test ends it.
func (s *stage) start(args ...string) {
	s.t.Helper()
	exe, err := program()
	if err != nil {
		s.t.Fatal(err)
	}
	s.startCommand(append([]string{exe, "run"}, args...)...)
}

// startCommand starts the daemon by a command that becomes it.
func (s *stage) startCommand(command ...string) {
	s.t.Helper()
	log, err := os.OpenFile(filepath.Join(s.RuntimeDir, "stillmic.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	s.daemon = exec.Command(command[0], command[1:]...)
	s.daemon.Env = s.Env()
	if s.remote != "" {
		s.daemon.Env = append(s.daemon.Env, "PULSE_SERVER="+s.remote) // the last one counts
	}
	s.daemon.Stderr = log
	if err := s.daemon.Start(); err != nil {
		s.t.Fatal(err)
	}
	cmd, ended := s.daemon, make(chan error, 1)
	s.ended = ended
	go func() { ended <- cmd.Wait() }()
	s.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
		if s.t.Failed() {
			s.t.Log(s.Logs())
		}
	})
}

// signal sends a signal to the daemon and waits for its end.
func (s *stage) signal(sig syscall.Signal) error {
	s.t.Helper()
	if err := s.daemon.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
	select {
	case err := <-s.ended:
		s.ended <- err
		return err
	case <-time.After(20 * time.Second):
		s.t.Fatalf("the daemon lives on after %v", sig)
		return nil
	}
}

// status asks the daemon.
func (s *stage) status() (st daemon.Status, err error) {
	return control.NewClient(filepath.Join(s.RuntimeDir, "stillmic")).Status(s.t.Context())
}

// await waits until the status is as wanted and returns how long that took.
func (s *stage) await(most time.Duration, what string, ok func(daemon.Status) bool) time.Duration {
	s.t.Helper()
	begin := time.Now()
	for {
		st, err := s.status()
		if err == nil && ok(st) {
			return time.Since(begin)
		}
		if time.Since(begin) > most {
			s.t.Fatalf("not %s after %v: %+v, %v", what, most, st, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// client talks to the control API, at any address.
func (s *stage) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", control.SocketPath(filepath.Join(s.RuntimeDir, "stillmic")))
	}}}
}

// post calls the control API.
func (s *stage) post(path string, body any) {
	s.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := s.client().Post("http://stillmic"+path, "application/json", bytes.NewReader(text))
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		s.t.Fatalf("POST %s %s: %s", path, text, resp.Status)
	}
}

// modules lists the modules of the server, by name and arguments.
func (s *stage) modules() []string {
	s.t.Helper()
	list, err := s.Modules()
	if err != nil {
		s.t.Fatal(err)
	}
	names := make([]string, len(list))
	for i, m := range list {
		names[i] = m.Name + " " + m.Args
	}
	return names
}

// play plays samples in a loop into the fake microphone until the test ends or
// stop is called.
func (s *stage) play(samples []float32) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.PlayLoop(ctx, soundserver.FakeMicSink, samples) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil && s.t.Context().Err() == nil {
			s.t.Errorf("play: %v", err)
		}
	})
	s.t.Cleanup(stop)
	return stop
}

// record records sources for a time.
func (s *stage) record(d time.Duration, sources ...string) []soundserver.Recording {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), d+time.Minute)
	defer cancel()
	r, err := s.RecordAll(ctx, d, sources...)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// inCall has an application record the virtual microphone, as in a call, so that
// it is not suspended, and begin again when it vanishes.
func (s *stage) inCall() (end func()) {
	ctx, stop := context.WithCancel(s.t.Context())
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
