package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
)

// daemonAt starts a server with a small daemon in a folder.
func daemonAt(t *testing.T, dir string) *Server {
	t.Helper()
	return listening(t, options(t, dir))
}

// listening starts a server, which ends with the test.
func listening(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Listen(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func options(t *testing.T, dir string) Options {
	return Options{Dir: dir, State: t.TempDir(), API: newMemory(t), Events: NewHub(), Log: zap.NewNop()}
}

func TestClientAndServer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "stillmic")
	daemonAt(t, dir)
	c := NewClient(dir)
	st, err := c.Status(t.Context())
	if err != nil || st.Strength != "strong" {
		t.Errorf("status: %+v, %v", st, err)
	}
	if st, err = c.SetStrength(t.Context(), "18"); err != nil || st.Strength != "18" {
		t.Errorf("strength: %+v, %v", st, err)
	}
	if _, err := c.SetStrength(t.Context(), "loud"); err == nil || !strings.Contains(err.Error(), "invalid strength") {
		t.Errorf("a bad strength: %v", err)
	}
	if st, err = c.SetBypass(t.Context(), true); err != nil || !st.Bypass {
		t.Errorf("bypass: %+v, %v", st, err)
	}
}

func TestPermissions(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "stillmic")
	daemonAt(t, dir)
	for path, want := range map[string]fs.FileMode{dir: 0o700, SocketPath(dir): 0o600} {
		st, err := os.Stat(path)
		if err != nil || st.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", path, st.Mode().Perm(), err, want)
		}
	}
}

func TestOnlyOne(t *testing.T) {
	dir := t.TempDir()
	first := daemonAt(t, dir)
	_, err := Listen(options(t, dir))
	want := fmt.Sprintf("stillmic is already running (pid %d); to restart it: stillmic service restart", os.Getpid())
	if !errors.Is(err, ErrRunning) || err.Error() != want {
		t.Errorf("a second daemon: %v, want %s", err, want)
	}
	// The first is still there, and its end makes room.
	if _, err := NewClient(dir).Status(t.Context()); err != nil {
		t.Error(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(SocketPath(dir)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
	daemonAt(t, dir)
}

// A socket left behind by a process that was killed is replaced.
func TestStaleSocket(t *testing.T) {
	dir := t.TempDir()
	ln, err := net.Listen("unix", SocketPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := NewClient(dir).Status(t.Context()); !errors.Is(err, ErrNoDaemon) {
		t.Errorf("a stale socket: %v, want ErrNoDaemon", err)
	}
	daemonAt(t, dir)
	if _, err := NewClient(dir).Status(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestNoDaemon(t *testing.T) {
	_, err := NewClient(t.TempDir()).Status(t.Context())
	if !errors.Is(err, ErrNoDaemon) || err.Error() != "stillmic is not running; start it with: stillmic service start, or here with: stillmic run" {
		t.Errorf("%v", err)
	}
}

// What is not in the API, or not in its shape, is refused with a reason.
func TestBadRequests(t *testing.T) {
	dir := t.TempDir()
	daemonAt(t, dir)
	c := NewClient(dir)
	for _, r := range []struct {
		method, path, body string
		code               int
	}{
		{"POST", "/v1/strength", ``, 400},
		{"POST", "/v1/strength", `{"strength": "loud"}`, 400},
		{"POST", "/v1/strength", `{"level": "max"}`, 400},
		{"POST", "/v1/strength", `{"strength": "max"} {}`, 400},
		{"POST", "/v1/bypass", `{}`, 400},
		{"POST", "/v1/bypass", `{"on": "yes"}`, 400},
		{"POST", "/v1/bypass", `{"on": ` + strings.Repeat(" ", maxBody) + `true}`, 413},
		{"POST", "/v1/bypass", `{"on": true}` + strings.Repeat(" ", maxBody), 413},
		{"POST", "/v1/bypass", `{"on": true} nonsense`, 400},
		{"POST", "/v1/bypass", `{"on": true`, 400},
		{"POST", "/v1/bypass", strings.Repeat(`{"on":`, 5000), 400},
		{"POST", "/v1/strength", `{"strength": null}`, 400},
		{"POST", "/v1/talk", `{}`, 400},
		{"POST", "/v1/talk", `{"mode": "shout"}`, 400},
		{"POST", "/v1/preset", `{}`, 400},
		{"POST", "/v1/voice", `{"deess": "loud"}`, 400},
		{"POST", "/v1/voice", `{"loudness": 3}`, 400},
		{"POST", "/v1/device", `{}`, 400},
		{"POST", "/v1/device", `{"device": "nonsense"}`, 404},
		{"POST", "/v1/model", `{}`, 400},
		{"POST", "/v1/latency", `{}`, 400},
		{"POST", "/v1/echo", `{}`, 400},
		{"POST", "/v1/focus", `{}`, 400},
		{"POST", "/v1/focus", `{"mode": "me"}`, 400},
		{"POST", "/v1/focus", `{"mode": "you"}`, 400},
		{"POST", "/v1/speaker", `{}`, 400},
		{"POST", "/v1/speaker", `{"strength": "loud"}`, 400},
		{"POST", "/v1/speaker", `{"device": "nonsense"}`, 404},
		{"POST", "/v1/echo", `{"mode": "maybe"}`, 400},
		{"POST", "/v1/latency", `{"latency": "30ms"}`, 400},
		{"POST", "/v1/record", `{"seconds": 0}`, 400},
		{"POST", "/v1/record", `{"seconds": 1e9}`, 400},
		{"GET", "/v1/record/raw.wav", ``, 404},
		{"GET", "/v1/record/other.wav", ``, 404},
		{"GET", "/v1/record/..%2f..%2fpasswd", ``, 404},
		{"GET", "/v1/listen?track=all", ``, 400},
		{"GET", "/v1/events?kinds=all", ``, 400},
		{"POST", "/v1/clean", ``, 400},
		{"GET", "/v1/bypass", ``, 405},
		{"POST", "/v1/status", ``, 405},
		{"GET", "/v2/status", ``, 404},
		{"GET", "/", ``, 404},
	} {
		req, err := http.NewRequestWithContext(t.Context(), r.method, "http://stillmic"+r.path, bytes.NewBufferString(r.body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		if err != nil || resp.Body.Close() != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != r.code || r.code != 404 && r.code != 405 && !strings.HasPrefix(string(text), `{"error":"`) {
			t.Errorf("%s %s %.40s: %d %s, want %d", r.method, r.path, r.body, resp.StatusCode, text, r.code)
		}
	}
}

// A client that connects and says nothing does not keep Close waiting.
func TestCloseWithOpenConnections(t *testing.T) {
	dir := t.TempDir()
	s := daemonAt(t, dir)
	for range 100 {
		c, err := new(net.Dialer).DialContext(context.Background(), "unix", SocketPath(dir))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	begin := time.Now()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("closing took %v", d)
	}
}
