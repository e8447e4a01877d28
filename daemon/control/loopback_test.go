package control

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

// A system without unix sockets has the same API behind a token that only the user can read.
func TestWithoutUnixSockets(t *testing.T) {
	o := options(t, t.TempDir())
	o.noUnix = true
	file := filepath.Join(o.Dir, loopbackName)
	// What a daemon left that was killed is replaced, with its permissions.
	for _, path := range []string{file, file + ".new"} {
		if err := os.WriteFile(path, []byte("127.0.0.1:1 old\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := listening(t, o)
	if st, err := os.Stat(file); err != nil || st.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("%s: %v, %v, want 0600", loopbackName, st, err)
	}
	l, ok := announced(o.Dir)
	if !ok || len(l.token) != 2*tokenBytes {
		t.Fatalf("announced %+v, %v", l, ok)
	}
	c := NewClient(o.Dir)
	if st, err := c.SetStrength(t.Context(), "18"); err != nil || st.Strength != "18" {
		t.Errorf("strength: %+v, %v", st, err)
	}
	if _, err := c.SetStrength(t.Context(), "loud"); err == nil {
		t.Error("a bad strength is taken")
	}
	for token, want := range map[string]int{"": http.StatusUnauthorized, "old": http.StatusUnauthorized, l.token: http.StatusOK} {
		if got := askWith(t, "http://"+l.address+"/v1/status", token).StatusCode; got != want {
			t.Errorf("token %q: status %d, want %d", token, got, want)
		}
	}
	for _, headers := range []string{"Host: evil.example", "Host: " + l.address + "\r\nOrigin: http://evil.example"} {
		request := "GET /v1/status HTTP/1.1\r\n" + headers + "\r\nAuthorization: Bearer " + l.token + "\r\nConnection: close\r\n\r\n"
		if got := raw(t, l.address, request).StatusCode; got == http.StatusOK {
			t.Errorf("%q is answered", headers)
		}
	}
	if _, err := Listen(o); !errors.Is(err, ErrRunning) {
		t.Errorf("a second daemon: %v, want ErrRunning", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is left: %v", loopbackName, err)
	}
	if _, err := c.Status(t.Context()); !errors.Is(err, ErrNoDaemon) {
		t.Errorf("after its end: %v, want ErrNoDaemon", err)
	}
}

// A file of a daemon that was killed names nobody.
func TestStaleLoopback(t *testing.T) {
	dir := t.TempDir()
	for _, text := range []string{"127.0.0.1:1 token\n", "", "127.0.0.1:1", "192.0.2.1:80 token", "evil.example:80 token"} {
		if err := os.WriteFile(filepath.Join(dir, loopbackName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := NewClient(dir).Status(t.Context()); !errors.Is(err, ErrNoDaemon) {
			t.Errorf("%q: %v, want ErrNoDaemon", text, err)
		}
	}
}

// The port of a daemon that was killed is another program's: it is believed nothing and shown no token.
func TestLoopbackOfAnother(t *testing.T) {
	const token = "0123456789abcdef0123456789abcdef"
	answers := map[string]func(*http.Request) string{
		"a status for everything": func(*http.Request) string { return `{"state":"running","muted":true}` },
		"the challenge":           func(r *http.Request) string { return r.URL.Query().Get("challenge") },
		"a proof by a wrong token": func(r *http.Request) string {
			return loopback{token: "stale"}.proof(r.URL.Query().Get("challenge"))
		},
		"nothing": func(*http.Request) string { return "" },
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			var shown atomic.Bool
			other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if head, err := httputil.DumpRequest(r, true); err != nil || strings.Contains(string(head), token) {
					shown.Store(true)
				}
				_, _ = io.WriteString(w, answer(r))
			}))
			defer other.Close()
			dir := t.TempDir()
			l := loopback{other.Listener.Addr().String(), token}
			if err := l.announce(dir); err != nil {
				t.Fatal(err)
			}
			if st, err := NewClient(dir).Status(t.Context()); !errors.Is(err, ErrNoDaemon) {
				t.Errorf("status %+v, %v, want ErrNoDaemon", st, err)
			}
			if shown.Load() {
				t.Error("the token was shown to another program")
			}
		})
	}
}
