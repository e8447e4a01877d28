package control

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
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
