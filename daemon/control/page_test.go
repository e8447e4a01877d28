package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// onDemand starts a server whose page is served on demand.
func onDemand(t *testing.T, change func(*Options)) (o Options, s *Server) {
	t.Helper()
	o = options(t, t.TempDir())
	o.Page = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "the page") })
	if change != nil {
		change(&o)
	}
	return o, listening(t, o)
}

// exchangeCode sends a code as the page does; token is "" unless the answer is 200.
func exchangeCode(t *testing.T, l PageLink) (code int, token string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"code": l.Code})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(l.Address+"v1/token", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct{ Token string }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, answer.Token
}

// askWith asks for a path with a token.
func askWith(t *testing.T, url, token string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func link(t *testing.T, o Options) PageLink {
	t.Helper()
	l, err := NewClient(o.Dir).OpenPage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Nothing listens until somebody asks for the page; a code opens it once.
func TestPageOnDemand(t *testing.T) {
	o, s := onDemand(t, nil)
	if s.Page() != "" {
		t.Fatalf("the page is at %s before anybody asked", s.Page())
	}
	if _, err := os.Stat(TokenPath(o.Dir)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a token without a page: %v", err)
	}
	l := link(t, o)
	if !strings.HasPrefix(l.Address, "http://127.0.0.1:") || s.Page() != l.Address || len(l.Code) != 32 {
		t.Fatalf("%+v, the server says %s", l, s.Page())
	}
	code, token := exchangeCode(t, l)
	if code != http.StatusOK || len(token) != 32 {
		t.Fatalf("the code gets %d, %q", code, token)
	}
	if resp := askWith(t, l.Address+"v1/status", token); resp.StatusCode != http.StatusOK {
		t.Errorf("the token gets %s", resp.Status)
	}
	if code, token := exchangeCode(t, l); code != http.StatusUnauthorized || token != "" {
		t.Errorf("used a second time, the code gets %d, %q", code, token)
	}
	if again := link(t, o); again.Address != l.Address || again.Code == l.Code {
		t.Errorf("asked again: %+v after %+v", again, l)
	}
}

// A code is too old after 30 s.
func TestCodeEnds(t *testing.T) {
	o, s := onDemand(t, nil)
	l := link(t, o)
	s.page.mu.Lock()
	for k, end := range s.page.codes {
		if left := time.Until(end); left > codeLife || left < codeLife-20*time.Second {
			t.Errorf("the code lives for %v", left)
		}
		s.page.codes[k] = time.Now().Add(-time.Millisecond)
	}
	s.page.mu.Unlock()
	if code, token := exchangeCode(t, l); code != http.StatusUnauthorized || token != "" {
		t.Errorf("an old code gets %d, %q", code, token)
	}
}

// The port stays open while somebody looks, and closes a while after.
func TestPageClosesWhenQuiet(t *testing.T) {
	const linger = 300 * time.Millisecond
	o, s := onDemand(t, func(o *Options) { o.linger = linger })
	l := link(t, o)
	_, token := exchangeCode(t, l)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.Address+"v1/events?kinds=status", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%v, %v", resp, err)
	}
	time.Sleep(3 * linger)
	if s.Page() == "" {
		t.Fatal("it closed while a tab was open")
	}
	cancel()
	_ = resp.Body.Close()
	for begin := time.Now(); s.Page() != ""; time.Sleep(10 * time.Millisecond) {
		if time.Since(begin) > 20*time.Second {
			t.Fatal("it is open long after the last tab")
		}
	}
	for begin := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", strings.Trim(strings.TrimPrefix(l.Address, "http:"), "/"))
		if err != nil {
			break
		}
		_ = c.Close()
		if time.Since(begin) > 20*time.Second {
			t.Fatal("somebody still listens")
		}
	}
	if again := link(t, o); again.Code == "" {
		t.Error("it does not open again")
	}
}

// Where the configuration forbids the page nobody gets one.
func TestPageOff(t *testing.T) {
	o, s := onDemand(t, func(o *Options) { o.Listen = PageOff })
	_, err := NewClient(o.Dir).OpenPage(t.Context())
	if !errors.Is(err, ErrPageOff) || s.Page() != "" {
		t.Errorf("%v, page %q", err, s.Page())
	}
}

// A fixed address that another program has is said to be taken, and used as soon as it is free.
func TestPageTaken(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	at := other.Addr().String()
	o, _ := onDemand(t, func(o *Options) { o.Listen = at })
	c := NewClient(o.Dir)
	if _, err := c.OpenPage(t.Context()); !errors.Is(err, ErrNotNow) || !strings.Contains(err.Error(), at+" is used by another program") {
		t.Errorf("%v", err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if l, err := c.OpenPage(t.Context()); err != nil || l.Address != "http://"+at+"/" {
		t.Errorf("freed: %+v, %v", l, err)
	}
}

// Where the session's folder ends with it, a tab goes on after a restart: same address, same token.
func TestTabOutlivesTheDaemon(t *testing.T) {
	o := options(t, t.TempDir())
	o.Page, o.KeepToken = http.NotFoundHandler(), true
	s, err := Listen(o)
	if err != nil {
		t.Fatal(err)
	}
	l := link(t, o)
	_, token := exchangeCode(t, l)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(TokenPath(o.Dir)); err != nil || st.Mode().Perm() != 0o600 {
		t.Fatalf("the token: %v, %v", st, err)
	}
	next := options(t, o.Dir)
	next.Page, next.KeepToken = o.Page, true
	if s = listening(t, next); s.Page() != l.Address {
		t.Fatalf("the page was at %s, is at %s", l.Address, s.Page())
	}
	if resp := askWith(t, l.Address+"v1/status", token); resp.StatusCode != http.StatusOK {
		t.Errorf("the token of before gets %s", resp.Status)
	}
	if code, _ := exchangeCode(t, l); code != http.StatusUnauthorized {
		t.Errorf("a code of before gets %d", code)
	}
	// A token that somebody else could read is replaced.
	if err := os.Chmod(TokenPath(o.Dir), 0o644); err != nil {
		t.Fatal(err)
	}
	if other, err := ownToken(o.Dir, true); err != nil || other == token {
		t.Errorf("a readable token is kept: %v", err)
	}
	if err := os.WriteFile(filepath.Join(o.Dir, pageName), []byte("0.0.0.0:80\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if at := newPageServer(next).before(); at != "" {
		t.Errorf("it would listen at %s", at)
	}
}

// Prometheus, another user's program, reads the metrics with a token of its own, and nothing else.
func TestMetricsToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	const token = "0123456789abcdef"
	o, _ := onDemand(t, func(o *Options) { o.Listen, o.MetricsToken = "127.0.0.1:0", path })
	l := link(t, o)
	for _, c := range []struct {
		file, given, path string
		code              int
	}{
		{"", token, "metrics", 401},
		{"short", "short", "metrics", 401},
		{token + "\n", token, "metrics", 200},
		{token + "\n", token, "v1/status", 401},
		{token + "\n", "", "metrics", 401},
		{token + "x", token, "metrics", 401},
	} {
		if c.file != "" {
			if err := os.WriteFile(path, []byte(c.file), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if resp := askWith(t, l.Address+c.path, c.given); resp.StatusCode != c.code {
			t.Errorf("%q in the file, %q given: %s gets %d, want %d", c.file, c.given, c.path, resp.StatusCode, c.code)
		}
	}
}
