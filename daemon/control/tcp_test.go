package control

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// page starts a server with a page, and returns its address and token.
func page(t *testing.T) (o Options, address, token string) {
	t.Helper()
	o = options(t, t.TempDir())
	o.Listen = "127.0.0.1:0"
	o.Page = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "the page") })
	s, err := Listen(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(TokenPath(o.Dir)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the token is left: %v", err)
		}
	})
	st, err := os.Stat(TokenPath(o.Dir))
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("token: %v, %v", st, err)
	}
	text, err := os.ReadFile(TokenPath(o.Dir))
	if err != nil {
		t.Fatal(err)
	}
	token = strings.TrimSpace(string(text))
	if len(token) != 32 {
		t.Errorf("token %q has not 128 bits", token)
	}
	return o, strings.TrimSuffix(strings.TrimPrefix(s.Page(), "http://"), "/"), token
}

// What another web site, or a stranger on this machine, can send.
func TestHostilePages(t *testing.T) {
	o, address, token := page(t)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	bearer := "Authorization: Bearer " + token
	const evil = "Origin: http://evil.example"
	for _, r := range []struct {
		what, method, path, host string
		headers                  []string
		code                     int
	}{
		{"our page", "GET", "/", address, nil, 200},
		{"our page by name", "GET", "/", "localhost:" + port, nil, 200},
		{"our page, opened from a file", "GET", "/", address, []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"}, 200},
		{"our page's script", "GET", "/v1/status", address, []string{bearer, "Origin: http://" + address, "Sec-Fetch-Site: same-origin"}, 200},
		{"a program", "GET", "/v1/status", address, []string{bearer}, 200},
		{"health", "GET", "/healthz", address, nil, 200},
		{"metrics", "GET", "/metrics", address, []string{bearer}, 200},

		{"no token", "GET", "/v1/status", address, nil, 401},
		{"no token for metrics", "GET", "/metrics", address, nil, 401},
		{"an old token", "GET", "/v1/status", address, []string{"Authorization: Bearer " + strings.Repeat("0", 32)}, 401},
		{"half a token", "GET", "/v1/status", address, []string{"Authorization: Bearer " + token[:16]}, 401},
		{"an empty token", "GET", "/v1/status", address, []string{"Authorization: Bearer "}, 401},
		{"the token in the address", "GET", "/v1/status?token=" + token, address, nil, 401},
		{"the token as a cookie", "GET", "/v1/status", address, []string{"Cookie: token=" + token}, 401},
		{"another way to write the path", "GET", "//v1/status", address, nil, 307},
		{"another way to write the path", "GET", "/x/../v1/status", address, nil, 307},

		{"rebound name", "GET", "/", "evil.example", nil, 421},
		{"rebound name with the port", "GET", "/v1/status", "evil.example:" + port, []string{bearer}, 421},
		{"another address", "GET", "/", "0.0.0.0:" + port, nil, 421},
		{"without a port", "GET", "/", "127.0.0.1", nil, 421},
		{"a name below ours", "GET", "/", "localhost.evil.example:" + port, nil, 421},

		{"cross-origin fetch", "POST", "/v1/mute", address, []string{evil, "Content-Type: text/plain"}, 403},
		{"cross-origin fetch with the token", "POST", "/v1/mute", address, []string{evil, bearer}, 403},
		{"preflight", "OPTIONS", "/v1/mute", address, []string{evil, "Access-Control-Request-Method: POST"}, 403},
		{"sandboxed frame", "GET", "/v1/status", address, []string{"Origin: null", bearer}, 403},
		{"another port", "GET", "/v1/status", address, []string{"Origin: http://127.0.0.1:1", bearer}, 403},
		{"another scheme", "GET", "/v1/status", address, []string{"Origin: https://" + address, bearer}, 403},
		{"image on another page", "GET", "/", address, []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"}, 403},
		{"frame on another page", "GET", "/", address, []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"}, 403},
		{"link to the API", "GET", "/v1/status", address, []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"}, 403},
		{"WebSocket", "GET", "/v1/events", address, []string{evil, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="}, 403},
		{"WebSocket without an origin", "GET", "/v1/events", address, []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="}, 401},
		{"CONNECT", "CONNECT", "evil.example:443", "evil.example:443", nil, 421},
	} {
		resp := raw(t, address, r.method+" "+r.path+" HTTP/1.1\r\nHost: "+r.host+"\r\n"+strings.Join(append(r.headers, "Connection: close"), "\r\n")+"\r\n\r\n")
		if resp.StatusCode != r.code {
			t.Errorf("%s: %d, want %d", r.what, resp.StatusCode, r.code)
		}
		if resp.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: another origin is allowed", r.what)
		}
		for k, v := range pageHeaders {
			if resp.Header.Get(k) != v {
				t.Errorf("%s: %s is %q", r.what, k, resp.Header.Get(k))
			}
		}
	}
	if st := o.API.Status(); st.Mute {
		t.Error("somebody muted the microphone")
	}
}

// raw sends bytes and reads the answer's head.
func raw(t *testing.T, address, request string) *http.Response {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("%.60q: %v", request, err)
	}
	return resp
}

// A thousand connections that say nothing keep nobody out, and most are ended.
func TestIdleConnections(t *testing.T) {
	o, address, token := page(t)
	var idle []net.Conn
	t.Cleanup(func() {
		for _, c := range idle {
			_ = c.Close()
		}
	})
	for _, network := range []string{"tcp", "unix"} {
		to := map[string]string{"tcp": address, "unix": SocketPath(o.Dir)}[network]
		for range 500 {
			c, err := net.Dial(network, to)
			if err != nil {
				t.Fatal(err)
			}
			idle = append(idle, c)
		}
	}
	begin := time.Now()
	if resp := raw(t, address, "GET /v1/status HTTP/1.1\r\nHost: "+address+"\r\nAuthorization: Bearer "+token+"\r\n\r\n"); resp.StatusCode != http.StatusOK {
		t.Errorf("the page gets %d", resp.StatusCode)
	}
	if _, err := NewClient(o.Dir).Status(t.Context()); err != nil {
		t.Errorf("the command line: %v", err)
	}
	took := time.Since(begin)
	open := 0
	for _, c := range idle {
		_ = c.SetReadDeadline(time.Now().Add(time.Millisecond))
		if _, err := c.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
			open++
		}
	}
	t.Logf("both answered after %v; %d of %d idle connections are open", took, open, len(idle))
	if open > 2*maxConnections || took > 10*time.Second {
		t.Errorf("%d are open, want %d at most; answered after %v", open, 2*maxConnections, took)
	}
}

func TestCheckListen(t *testing.T) {
	for address, fine := range map[string]bool{
		"127.0.0.1:8765": true, "[::1]:8765": true, "127.0.0.1:0": true,
		"0.0.0.0:8765": false, ":8765": false, "192.168.1.2:80": false, "localhost:8765": false, "127.0.0.1": false, "[::]:1": false, "": false,
	} {
		if err := CheckListen(address); (err == nil) != fine {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// An address that is taken costs the page, not the microphone.
func TestPageAddressIsTaken(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	o := options(t, t.TempDir())
	o.Listen = ln.Addr().String()
	s, err := Listen(o)
	if err != nil {
		t.Fatal(err)
	}
	if s.Page() != "" {
		t.Errorf("the page is said to be at %s", s.Page())
	}
	if _, err := os.Stat(TokenPath(o.Dir)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a token without a page: %v", err)
	}
	if _, err := NewClient(o.Dir).Status(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
