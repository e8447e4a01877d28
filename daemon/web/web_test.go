package web

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"
)

func ask(t *testing.T, method, target string, header ...string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	resp := w.Result()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

func TestHandler(t *testing.T) {
	for _, c := range []struct {
		method, target string
		code           int
		kind           string
	}{
		{"GET", "/", 200, "text/html; charset=utf-8"},
		{"HEAD", "/", 200, "text/html; charset=utf-8"},
		{"GET", "/assets/main.js", 200, "text/javascript; charset=utf-8"},
		{"GET", "/assets/base.css", 200, "text/css; charset=utf-8"},
		{"GET", "/assets/icon.svg", 200, "image/svg+xml"},
		{"GET", "/messages/de.json", 200, "application/json"},
		{"GET", "/messages/messages.go", 404, ""},
		{"GET", "/assets/", 404, ""},
		{"GET", "/assets/../index.html", 404, ""},
		{"GET", "/favicon.ico", 404, ""},
		{"POST", "/", 405, ""},
	} {
		resp, _ := ask(t, c.method, c.target)
		if resp.StatusCode != c.code || c.kind != "" && resp.Header.Get("Content-Type") != c.kind {
			t.Errorf("%s %s: %d %s, want %d %s", c.method, c.target, resp.StatusCode, resp.Header.Get("Content-Type"), c.code, c.kind)
		}
	}
}

// A part that the browser has already is not sent again.
func TestUnchanged(t *testing.T) {
	first, _ := ask(t, "GET", "/assets/main.js")
	resp, text := ask(t, "GET", "/assets/main.js", "If-None-Match", first.Header.Get("ETag"))
	if resp.StatusCode != http.StatusNotModified || text != "" {
		t.Errorf("%s with %d bytes, want 304 without", resp.Status, len(text))
	}
	resp, _ = ask(t, "GET", "/assets/main.js", "If-None-Match", `"another"`)
	if resp.StatusCode != http.StatusOK {
		t.Errorf("another version: %s, want 200", resp.Status)
	}
}

// Every part that one names is there, and nothing comes from elsewhere or
// stands where the Content-Security-Policy forbids it.
func TestParts(t *testing.T) {
	reference := regexp.MustCompile(`(?:src|href)="(/[^"]*)"|from "\./([^"]+)"`)
	foreign := regexp.MustCompile(`(?i)https?://`)
	inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|<script(?:>| type="module">)|eval\(|innerHTML`)
	named := map[string]bool{"/index.html": true}
	err := fs.WalkDir(page, "page", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := page.ReadFile(name)
		if err != nil {
			return err
		}
		if lines := strings.Count(string(text), "\n"); lines > 300 {
			t.Errorf("%s has %d lines: no longer small", name, lines)
		}
		bare := strings.ReplaceAll(string(text), `xmlns="http://www.w3.org/2000/svg"`, "")
		if found := foreign.FindString(bare); found != "" {
			t.Errorf("%s names another place", name)
		}
		if path.Ext(name) == ".html" && inline.Match(text) || strings.Contains(bare, "innerHTML") {
			t.Errorf("%s: %q may not be there", name, inline.FindString(string(text)))
		}
		for _, m := range reference.FindAllStringSubmatch(string(text), -1) {
			to := m[1]
			if to == "" {
				to = "/assets/" + m[2]
			}
			named[to] = true
			if resp, _ := ask(t, "GET", to); resp.StatusCode != http.StatusOK {
				t.Errorf("%s names %s, which is not there", name, to)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = fs.WalkDir(page, "page", func(name string, d fs.DirEntry, _ error) error {
		if !d.IsDir() && !named[strings.TrimPrefix(name, "page")] {
			t.Errorf("%s is named nowhere", name)
		}
		return nil
	})
}
