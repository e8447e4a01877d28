package control

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A system without unix sockets (Windows before 1803, Wine) has its control socket at a free port of
// 127.0.0.1, and a file in the runtime folder with that and a new token: what the folder's user alone
// can read is what opens the socket elsewhere. Requests are guarded as those for the page are. The file
// of a daemon that was killed names a port that any user's program may have taken since, so the
// daemon proves first that it knows the token (HMAC, RFC 2104), and the token is shown to no other.

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

// proofRoute answers a challenge, which needs no token.
const proofRoute = "/v1/proof"

// proof is what only a program that knows the token can answer to a challenge.
func (l loopback) proof(challenge string) string {
	mac := hmac.New(sha256.New, []byte(l.token))
	mac.Write([]byte("stillmic control socket " + challenge))
	return hex.EncodeToString(mac.Sum(nil))
}

// proving answers challenges, and leaves all other requests to next.
func (l loopback) proving(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != proofRoute {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, l.proof(r.URL.Query().Get("challenge"))) // who is gone needs none
	})
}

// verify returns an error unless the daemon is at the other end of a new connection.
func (l loopback) verify(ctx context.Context, c net.Conn) error {
	end, ok := ctx.Deadline()
	if !ok {
		end = time.Now().Add(timeout)
	}
	if err := c.SetDeadline(end); err != nil {
		return err
	}
	challenge := rand.Text()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+l.address+proofRoute+"?challenge="+challenge, nil)
	if err != nil {
		return err
	}
	if err := r.Write(c); err != nil {
		return err
	}
	// Headers and proof: a program that has taken the port may send without end.
	resp, err := http.ReadResponse(bufio.NewReader(io.LimitReader(c, 8192)), r)
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return err
	}
	if !sameSecret(string(answer), l.proof(challenge)) {
		return errors.New("another program has taken the daemon's port")
	}
	return c.SetDeadline(time.Time{})
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
	l, ok := announced(w.dir)
	if ok {
		network, address = "tcp", l.address
	}
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, ErrNoDaemon
	}
	if ok && l.verify(ctx, c) != nil {
		_ = c.Close()
		return nil, ErrNoDaemon // it was killed
	}
	return c, nil
}
