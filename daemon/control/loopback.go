package control

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// A system without unix sockets (Windows before 1803, Wine) has its control socket at a free port of
// 127.0.0.1, and a file in the runtime folder with that and a new token: what the folder's user alone
// can read is what opens the socket elsewhere. Requests are guarded as those for the page are.

// loopbackName is that file: "127.0.0.1:PORT TOKEN".
const loopbackName = "control.addr"

// loopback is where a daemon without a unix socket answers, and to whom.
type loopback struct{ address, token string }

// listenLoopback opens a port. Others find it once announce was called.
func listenLoopback() (net.Listener, loopback, error) {
	ln, err := net.Listen("tcp", anyPort)
	if err != nil {
		return nil, loopback{}, fmt.Errorf("open the control socket: %w", err)
	}
	raw := make([]byte, tokenBytes)
	_, _ = rand.Read(raw) // it never fails
	return ln, loopback{ln.Addr().String(), hex.EncodeToString(raw)}, nil
}

// announce writes the file, whole or not at all.
func (l loopback) announce(dir string) error {
	path := filepath.Join(dir, loopbackName)
	if err := removeFile(path + ".new"); err != nil { // it may have other permissions
		return fmt.Errorf("announce the control socket: %w", err)
	}
	if err := os.WriteFile(path+".new", []byte(l.address+" "+l.token+"\n"), 0o600); err != nil {
		return fmt.Errorf("announce the control socket: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("announce the control socket: %w", err)
	}
	return nil
}

// announced reads the file; false where the daemon has a unix socket, or there is none.
func announced(dir string) (l loopback, ok bool) {
	text, err := os.ReadFile(filepath.Join(dir, loopbackName))
	if err != nil {
		return l, false
	}
	l.address, l.token, ok = strings.Cut(strings.TrimSpace(string(text)), " ")
	return l, ok && CheckListen(l.address) == nil
}

// way is how a client reaches the daemon with a runtime folder.
type way struct {
	dir string
	http.Transport
}

// RoundTrip implements http.RoundTripper.
func (w *way) RoundTrip(r *http.Request) (*http.Response, error) {
	if l, ok := announced(w.dir); ok {
		r = r.Clone(r.Context())
		r.Host = l.address
		r.Header.Set("Authorization", "Bearer "+l.token)
	}
	return w.Transport.RoundTrip(r)
}

// dial connects, whatever the address of the request says.
func (w *way) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	network, address := "unix", SocketPath(w.dir)
	if l, ok := announced(w.dir); ok {
		network, address = "tcp", l.address
	}
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, ErrNoDaemon
	}
	return c, nil
}
